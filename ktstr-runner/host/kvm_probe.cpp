#include "ktstr-runner/host/kvm_probe.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/host/kvm_guest.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace ktstr::host {

namespace {

// What the child is at; the parent reads it after the child's end, however that came.
enum class Stage : std::uint32_t {
    features,
    create_vm,
    memory,
    create_vcpu,
    map_run,
    prepare,
    running,
    stopped
};

constexpr std::array<std::string_view, 7> stage_names{
    "find what machines need",
    "create a machine",
    "give it memory",
    "create a vCPU",
    "map the vCPU",
    "set its registers",
    "run it",
};

struct Shared {
    alignas(4096) std::array<std::byte, guest_memory_size> memory;
    Stage stage;
    int error;
    std::uint32_t exit_reason;
    std::uint32_t detail; // suberror, or hardware's reason
};

class SharedPage final {
public:
    SharedPage() {
        void* const at = ::mmap(
            nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        shared_ = at == MAP_FAILED ? nullptr : static_cast<Shared*>(at);
    }

    SharedPage(const SharedPage&) = delete;
    SharedPage& operator=(const SharedPage&) = delete;

    ~SharedPage() {
        if (shared_ != nullptr) {
            ::munmap(shared_, sizeof(Shared));
        }
    }

    Shared* get() const { return shared_; }

private:
    Shared* shared_;
};

// In the child: system calls only. The stage that it is left in with `error` set has failed.
void run_guest(int kvm, Shared& shared) {
    const auto failed = [&shared](bool bad) {
        shared.error = bad ? errno : 0;
        return bad;
    };
    shared.stage = Stage::features;
    if (failed(!has_what_machines_need(kvm))) {
        return;
    }
    shared.stage = Stage::create_vm;
    const int vm = ::ioctl(kvm, KVM_CREATE_VM, 0);
    if (failed(vm < 0)) {
        return;
    }
    shared.stage = Stage::memory;
    const kvm_userspace_memory_region region{
        .slot = 0,
        .memory_size = guest_memory_size,
        .userspace_addr = reinterpret_cast<std::uint64_t>(shared.memory.data())};
    if (failed(::ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) != 0)) {
        return;
    }
    shared.stage = Stage::create_vcpu;
    const int vcpu = ::ioctl(vm, KVM_CREATE_VCPU, 0);
    if (failed(vcpu < 0)) {
        return;
    }
    shared.stage = Stage::map_run;
    const auto run_size = ::ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    void* const run_at = run_size <= 0 ? MAP_FAILED
                                       : ::mmap(nullptr,
                                                static_cast<std::size_t>(run_size),
                                                PROT_READ | PROT_WRITE,
                                                MAP_SHARED,
                                                vcpu,
                                                0);
    if (failed(run_at == MAP_FAILED)) {
        return;
    }
    shared.stage = Stage::prepare;
    if (failed(!prepare_guest(kvm, vcpu, shared.memory))) {
        return;
    }
    shared.stage = Stage::running;
    const auto& run = *static_cast<kvm_run*>(run_at);
    int ran = 0;
    do {
        ran = ::ioctl(vcpu, KVM_RUN, 0);
    } while (ran != 0 && errno == EINTR);
    if (failed(ran != 0)) {
        return;
    }
    shared.exit_reason = run.exit_reason;
    shared.detail = run.exit_reason == KVM_EXIT_INTERNAL_ERROR ? run.internal.suberror : 0;
    shared.stage = Stage::stopped;
}

// A host that is busy with other things makes it wait, and says nothing about KVM: so the limit is
// on time of the CPU, and only far beyond it on time of the clock.
void limit_this_process(std::chrono::milliseconds limit) {
    constexpr int patience = 10;
    for (const int signal : {SIGPROF, SIGALRM}) {
        ::signal(signal, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const auto set = [](__itimer_which_t which, std::chrono::milliseconds span) {
        const itimerval timer{
            .it_value = {.tv_sec = span.count() / 1000, .tv_usec = span.count() % 1000 * 1000}
        };
        ::setitimer(which, &timer, nullptr);
    };
    set(ITIMER_PROF, limit);
    set(ITIMER_REAL, limit * patience);
}

// The status of a child that ran the guest, killed by its own timers when the limit passes.
std::optional<int> run_in_child(int kvm, Shared& shared, std::chrono::milliseconds limit) {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return std::nullopt;
    }
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        limit_this_process(limit);
        if (::getppid() == parent) {
            run_guest(kvm, shared);
        }
        ::_exit(0);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return std::nullopt;
        }
    }
    return status;
}

std::string exit_reason_name(const Shared& shared) {
    switch (shared.exit_reason) {
    case KVM_EXIT_INTERNAL_ERROR:
        return fmt::format("KVM internal error, suberror {}", shared.detail);
    case KVM_EXIT_SHUTDOWN:
        return "the vCPU shut down: an exception that should not be";
    case KVM_EXIT_FAIL_ENTRY:
        return "the hardware refuses to enter the guest";
    case KVM_EXIT_HLT:
        return "its result is wrong";
    default:
        return fmt::format("exit reason {}", shared.exit_reason);
    }
}

constexpr auto broken_hint =
    "this machine's KVM cannot run a kernel (nested virtualisation that is emulated or switched "
    "off, often); tests run emulated, which is slower; a host with real KVM is faster";

KvmProbe judge(const std::filesystem::path& device, const Shared& shared, int status) {
    std::uint32_t step = 0;
    std::memcpy(&step, shared.memory.data() + guest_step_offset, sizeof step);
    if (WIFSIGNALED(status)) {
        const auto where =
            shared.stage >= Stage::running
                ? fmt::format("{} does not get through {}", device.string(), guest_step_name(step))
                : fmt::format("{} does not answer", device.string());
        switch (WTERMSIG(status)) {
        case SIGPROF:
            return {KvmProbe::State::broken, where + ": it is too slow", broken_hint};
        case SIGALRM:
            return {KvmProbe::State::no_machine, where + " in time", ""};
        default:
            return {KvmProbe::State::no_machine,
                    fmt::format("{}: signal {}", where, WTERMSIG(status)),
                    ""};
        }
    }
    if (shared.stage < Stage::stopped) {
        const auto running = shared.stage == Stage::running;
        return {running ? KvmProbe::State::broken : KvmProbe::State::no_machine,
                fmt::format("{}: cannot {}: {}",
                            device.string(),
                            stage_names.at(static_cast<std::size_t>(shared.stage)),
                            std::strerror(shared.error)),
                running ? broken_hint
                        : "check that nothing else uses virtualisation exclusively, and dmesg"};
    }
    if (shared.exit_reason == KVM_EXIT_HLT && step == guest_done) {
        return {KvmProbe::State::works, device.string() + " works", ""};
    }
    return {KvmProbe::State::broken,
            fmt::format("{} cannot run {} ({})",
                        device.string(),
                        guest_step_name(step),
                        exit_reason_name(shared)),
            broken_hint};
}

struct Opened {
    Fd fd;
    std::optional<KvmProbe> trouble;
};

Opened open_device(const std::filesystem::path& device) {
    using State = KvmProbe::State;
    Fd fd(::open(device.c_str(), O_RDWR | O_CLOEXEC));
    if (fd) {
        if (const int version = ::ioctl(fd.get(), KVM_GET_API_VERSION, 0);
            version != KVM_API_VERSION) {
            return {
                {},
                KvmProbe{State::no_machine,
                 fmt::format("{} speaks no KVM that we know (version {})",
                 device.string(),
                 version),
                 ""}
            };
        }
        return {std::move(fd), std::nullopt};
    }
    const int code = errno;
    const auto reason = fmt::format("{}: {}", device.string(), std::strerror(code));
    switch (code) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return {
            {},
            KvmProbe{State::absent,
             reason, "load kvm_intel or kvm_amd, and switch virtualisation on in the firmware or "
                     "the cloud's "
                     "machine type"}
        };
    case EACCES:
    case EPERM:
        return {
            {},
            KvmProbe{State::no_permission,
             reason, "join group kvm: `sudo usermod -aG kvm $USER`, then log in again"}
        };
    default:
        return {
            {},
            KvmProbe{State::no_machine, reason, ""}
        };
    }
}

KvmProbe run_probe(const std::filesystem::path& device, int kvm, std::chrono::milliseconds limit) {
    const SharedPage page;
    if (page.get() == nullptr) {
        return {KvmProbe::State::no_machine, "no memory for the probe of " + device.string(), ""};
    }
    const auto status = run_in_child(kvm, *page.get(), limit);
    if (!status) {
        return {KvmProbe::State::no_machine, "cannot start the probe of " + device.string(), ""};
    }
    return judge(device, *page.get(), *status);
}

} // namespace

KvmProbe probe_kvm(const std::filesystem::path& device, std::chrono::milliseconds limit) {
    auto opened = open_device(device);
    return opened.trouble ? *opened.trouble : run_probe(device, opened.fd.get(), limit);
}

KvmProbe probe_kvm(const FactCache& cache) {
    const std::filesystem::path device = "/dev/kvm";
    auto opened = open_device(device);
    if (opened.trouble) {
        return *opened.trouble;
    }
    // The remembered text: "works", or the reason why it is broken. Other failures may pass, so
    // they are not kept.
    const auto key = boot_key() + " probe 2";
    if (const auto known = cache.recall("kvm-probe", key)) {
        return *known == "works" ? KvmProbe{KvmProbe::State::works, device.string() + " works", ""}
                                 : KvmProbe{KvmProbe::State::broken, *known, broken_hint};
    }
    auto probe = run_probe(device, opened.fd.get(), std::chrono::seconds{2});
    if (probe.state == KvmProbe::State::works || probe.state == KvmProbe::State::broken) {
        cache.remember(
            "kvm-probe", key, probe.state == KvmProbe::State::works ? "works" : probe.reason);
    }
    return probe;
}

} // namespace ktstr::host
