#include "ktstr-runner/machine/qemu/command_line.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/image/kernel_arguments.hpp"

#include <fmt/format.h>

namespace ktstr::machine::qemu {

namespace {

std::string machine_argument(Model model) {
    // What no test needs is left out: every device costs time at boot and bytes in a template. The
    // clock of a PC is read by a busy guest until it ticks.
    return model == Model::microvm
               ? "microvm,memory-backend=ram0"
               : "q35,smm=off,usb=off,sata=off,smbus=off,vmport=off,i8042=off,graphics=off";
}

std::string acceleration_argument(const Facts& facts) {
    if (facts.acceleration == Acceleration::kvm) {
        return "kvm";
    }
    if (facts.deterministic) {
        return "tcg,thread=single";
    }
    // With several threads, older ones corrupt guests that patch their own code.
    return facts.version >= first_with_sound_threads ? "tcg,thread=multi" : "tcg,thread=single";
}

std::string cpu_argument(Acceleration acceleration, bool deterministic) {
    // Caches are laid out by the topology, not by the host's: an LLC is a socket.
    const std::string caches = ",host-cache-info=off,l3-cache=on";
    if (acceleration == Acceleration::kvm) {
        return "host" + caches;
    }
    // TCG has no TOPOEXT: an AMD processor (its default) could not tell which CPUs share a cache,
    // and each would get an LLC id of its own. Intel's leaf 4 can. A Core 2 is new enough for a
    // constant TSC, so that no CPU calibrates its delay loop (which hangs on a busy host), and old
    // enough that no driver of a model is drawn in.
    // An emulator moves a byte a turn in `rep movsb`, which with ERMS and FSRM is how kernel and
    // libc copy and clear.
    const std::string random = deterministic ? ",rdrand=off,rdseed=off" : "";
    return "max,vendor=GenuineIntel,family=6,model=23,stepping=3,erms=off,fsrm=off" + random +
           caches;
}

std::string smp_argument(const Topology& topology) {
    return fmt::format("cpus={},sockets={},dies=1,cores={},threads={}",
                       topology.vcpus(),
                       topology.llcs,
                       topology.cores,
                       topology.threads);
}

} // namespace

std::string
kernel_command_line(const MachineSpec& spec, const MemoryLayout& layout, const Facts& facts) {
    std::vector<std::string> words{fmt::format("mem={:#x}", layout.kernel_end)};
    if (facts.acceleration == Acceleration::tcg) {
        words.emplace_back("mitigations=off"); // an emulator does not speculate
    }
    if (facts.deterministic) {
        words.push_back(fmt::format("lpj={}", counted_khz)); // nothing is measured
        words.emplace_back("ktstr.trace=sched"); // in every run, so that to look changes nothing
    }
    return kernel_arguments(spec,
                            {.window_base = layout.window_base,
                             .window_size = layout.window_size,
                             .tsc_khz = facts.tsc_khz,
                             .words = std::move(words)});
}

std::vector<std::string>
command_line(const MachineSpec& spec, const MemoryLayout& layout, const Facts& facts) {
    const auto model = model_for(spec.topology);
    std::vector<std::string> argv{facts.program};
    const auto add = [&argv](std::string option, std::string value) {
        argv.push_back(std::move(option));
        argv.push_back(std::move(value));
    };
    argv.insert(argv.end(), {"-nodefaults", "-no-user-config", "-no-reboot", "-no-shutdown", "-S"});
    add("-display", "none");
    // The library that makes threads take turns knows them by their names.
    add("-name", facts.deterministic ? "ktstr,debug-threads=on" : "ktstr");
    add("-machine", machine_argument(model));
    add("-accel", acceleration_argument(facts));
    if (facts.deterministic) {
        add("-icount", "shift=2,sleep=off"); // 4 ns an instruction; idle time passes at once
        add("-seed", "1");
        add("-rtc", "base=2026-01-01T00:00:00,clock=vm");
    }
    add("-cpu", cpu_argument(facts.acceleration, facts.deterministic));
    add("-smp", smp_argument(spec.topology));
    add("-m", fmt::format("{}M", layout.total() >> 20));
    for (std::size_t node = 0; node < layout.node_size.size(); ++node) {
        add("-object",
            fmt::format("memory-backend-file,id=ram{},size={}M,mem-path=/proc/self/fd/{},share={}",
                        node,
                        layout.node_size[node] >> 20,
                        facts.ram.at(node),
                        facts.ram_is_ours ? "on" : "off"));
        if (model == Model::q35) {
            add("-numa", fmt::format("node,nodeid={},memdev=ram{}", node, node));
        }
    }
    if (model == Model::q35) {
        const auto& topology = spec.topology;
        for (unsigned llc = 0; llc < topology.llcs; ++llc) {
            add("-numa", fmt::format("cpu,node-id={},socket-id={}", topology.node_of(llc), llc));
        }
    }
    add("-chardev", "stdio,id=console,signal=off");
    add("-serial", "chardev:console");
    add("-chardev", fmt::format("socket,id=monitor,fd={}", facts.monitor));
    add("-mon", "chardev=monitor,mode=control");
    if (facts.state >= 0) {        // the kernel is in its memory
        add("-incoming", "defer"); // until it is told what the state leaves out
        return argv;
    }
    add("-kernel", spec.kernel.string());
    if (!spec.initramfs.empty()) {
        add("-initrd", spec.initramfs.string());
    }
    add("-append", kernel_command_line(spec, layout, facts));
    return argv;
}

Result<std::string> identity(const MachineSpec& spec, const Facts& facts) {
    TRY_ASSIGN(const auto layout, memory_layout_of(spec));
    auto nameless = spec;
    nameless.kernel = "kernel";
    nameless.initramfs = spec.initramfs.empty() ? "" : "initramfs";
    auto closed = facts;
    closed.ram.assign(layout.node_size.size(), 0);
    closed.monitor = 0;
    closed.state = -1;
    closed.ram_is_ours = true;
    return join(command_line(nameless, layout, closed), "\n");
}

} // namespace ktstr::machine::qemu
