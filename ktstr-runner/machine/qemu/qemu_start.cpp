// How a QEMU comes to be a machine: powered on, restored from files, forked from another.
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/qemu/fork_client.hpp"
#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"
#include "ktstr-runner/machine/qemu/libraries.hpp"
#include "ktstr-runner/machine/qemu/qemu_machine.hpp"
#include "ktstr-runner/machine/qemu/turns/protocol.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace ktstr::machine::qemu {

using namespace std::chrono_literals;

namespace {

// QEMU answers in milliseconds; a host that is short of CPUs may take its time.
constexpr auto start_limit = 60s;

struct SocketPair {
    Fd ours;
    Fd theirs;
};

Result<SocketPair> make_socket_pair(int type) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(Error::from_errno("cannot make a socket for QEMU"));
    }
    return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

Result<Pipe> make_pipe_to_read() {
    TRY_ASSIGN(auto pipe, make_pipe());
    if (::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) {
        return fail(Error::from_errno("cannot make a pipe non-blocking"));
    }
    return pipe;
}

// What QEMU is connected with.
struct Connections {
    SocketPair monitor;
    Pipe console;
    Pipe complaints;
};

Result<Connections> make_connections() {
    TRY_ASSIGN(auto monitor, make_socket_pair(SOCK_STREAM));
    TRY_ASSIGN(auto console, make_pipe_to_read());
    TRY_ASSIGN(auto complaints, make_pipe_to_read());
    return Connections{std::move(monitor), std::move(console), std::move(complaints)};
}

// What will be spawned loads it first. It must stay open until then.
Result<Fd> load(Spawn& spawn, Library library) {
    auto file = file_of(library);
    if (!file) {
        return fail(ErrorKind::environment, "this build has nothing to load into QEMU");
    }
    spawn.keep.push_back(file->get());
    auto words = spawn.environment.value_or(environment());
    std::string preload = fmt::format("LD_PRELOAD=/proc/self/fd/{}", file->get());
    if (const auto own = env("LD_PRELOAD"); own && !own->empty()) {
        preload += ":" + *own;
    }
    std::erase_if(words, [](const std::string& word) { return word.starts_with("LD_PRELOAD="); });
    words.push_back(std::move(preload));
    spawn.environment = std::move(words);
    return std::move(*file);
}

// The library that makes a QEMU a fork server, and the ends of its socket.
struct ForkLibrary {
    Fd file;
    SocketPair control;
};

// Loads it into what will be spawned. Without it the machine serves no forks, no more.
std::optional<ForkLibrary> load_fork_library(Spawn& spawn, int monitor) {
    auto control = make_socket_pair(SOCK_SEQPACKET);
    if (!control) {
        return std::nullopt;
    }
    auto file = load(spawn, Library::fork_server);
    if (!file) {
        return std::nullopt;
    }
    const int theirs = control->theirs.get();
    spawn.keep.push_back(theirs);
    spawn.environment->push_back(fmt::format("{}={},{}", fork_server::variable, theirs, monitor));
    return ForkLibrary{std::move(*file), std::move(*control)};
}

// What QEMU cannot start with may be the library: one whose C library is older than ours.
MachineSpec without_library(MachineSpec spec) {
    spec.forks = false;
    return spec;
}

std::string description_of(const Facts& facts, Model model) {
    return fmt::format("qemu {}, {}{}, {}",
                       facts.version.text(),
                       facts.acceleration == Acceleration::kvm ? "kvm" : "tcg",
                       facts.deterministic ? ", deterministic" : "",
                       name_of(model));
}

} // namespace

Result<std::unique_ptr<QemuMachine>> QemuMachine::create(const MachineSpec& spec, Facts facts) {
    TRY_ASSIGN(const auto layout, memory_layout_of(spec));
    std::vector<RamFile> ram;
    for (const auto size : layout.node_size) {
        TRY_ASSIGN(auto file, make_ram_file(size));
        ram.push_back(std::move(file));
    }
    auto machine = launch(spec, layout, facts, std::move(ram));
    if (machine) {
        (*machine)->booted_ = spec;
    }
    return machine || !spec.forks ? std::move(machine)
                                  : create(without_library(spec), std::move(facts));
}

Result<std::unique_ptr<QemuMachine>> QemuMachine::restore(const MachineSpec& spec,
                                                          Facts facts,
                                                          const std::filesystem::path& directory,
                                                          Restored use) {
    TRY_ASSIGN(const auto layout, memory_layout_of(spec));
    std::vector<RamFile> ram;
    for (std::size_t node = 0; node < layout.node_size.size(); ++node) {
        const auto size = layout.node_size[node];
        TRY_ASSIGN(auto file, open_ram_file(ram_path(directory, node), size, Access::write));
        if (use == Restored::copy) {
            TRY_ASSIGN(auto copy, make_ram_file(size));
            TRY(copy_ram(file.fd.get(), copy.fd.get(), size));
            file = std::move(copy);
        }
        ram.push_back(std::move(file));
    }
    TRY_ASSIGN(const auto state, open_file(directory / state_name, O_RDONLY));
    auto told = facts;
    told.state = state.get();
    told.ram_is_ours = use == Restored::copy;
    auto machine = launch(spec, layout, std::move(told), std::move(ram));
    return machine || !spec.forks || use == Restored::clone
               ? std::move(machine)
               : restore(without_library(spec), std::move(facts), directory, use);
}

Result<std::unique_ptr<QemuMachine>> QemuMachine::launch(const MachineSpec& spec,
                                                         const MemoryLayout& layout,
                                                         Facts facts,
                                                         std::vector<RamFile> ram) {
    for (const auto& file : ram) {
        facts.ram.push_back(file.fd.get());
    }
    TRY_ASSIGN(auto connections, make_connections());
    auto& [monitor, console, complaints] = connections;
    facts.monitor = monitor.theirs.get();
    Spawn spawn{
        .argv = command_line(spec, layout, facts),
        .out = console.write.get(),
        .err = complaints.write.get(),
        .keep = facts.ram,
        .group =
            Group::own}; // nextest signals our group: the guest must live to tell what it was doing
    spawn.keep.push_back(facts.monitor);
    if (facts.state >= 0) {
        spawn.keep.push_back(facts.state);
    }
    auto library = spec.forks && facts.ram_is_ours ? load_fork_library(spawn, facts.monitor)
                                                   : std::optional<ForkLibrary>{};
    std::optional<Fd> turns;
    if (facts.deterministic) {
        TRY_ASSIGN(turns, load(spawn, Library::turns));
        spawn.environment->push_back(
            fmt::format("{}={},{}", turns::variable, ram.back().inode, layout.window_offset));
    }
    TRY_ASSIGN(auto child, Child::spawn(spawn), "cannot start QEMU");
    monitor.theirs.reset();
    console.write.reset();
    complaints.write.reset();
    TRY_ASSIGN(auto qmp, Qmp::adopt(std::move(monitor.ours)));
    std::unique_ptr<QemuMachine> machine(
        new QemuMachine(layout,
                        std::move(child),
                        std::move(qmp),
                        std::move(console.read),
                        std::move(complaints.read),
                        description_of(facts, model_for(spec.topology))));
    if (library) {
        machine->control_ = std::make_shared<Fd>(std::move(library->control.ours));
    }
    machine->ram_ = std::move(ram);
    machine->ram_is_ours_ = facts.ram_is_ours;
    machine->real_time_ = spec.real_time;
    machine->deterministic_ = facts.deterministic;
    if (auto started = machine->start(layout, facts.state); !started) {
        return fail(machine->cannot_start(std::move(started).error()));
    }
    return machine;
}

Result<QemuMachine::Forked> QemuMachine::fork(const MachineSpec& spec,
                                              const Facts& facts,
                                              const std::string& name,
                                              std::string_view subject) {
    TRY_ASSIGN(const auto layout, memory_layout_of(spec));
    TRY_ASSIGN(auto connections, make_connections());
    auto& [monitor, console, complaints] = connections;
    TRY_ASSIGN(auto forked,
               ask_for_fork(name,
                            {monitor.theirs.get(), console.write.get(), complaints.write.get()},
                            subject));
    if (!forked) {
        return Forked{};
    }
    monitor.theirs.reset();
    console.write.reset();
    complaints.write.reset();
    std::string_view rest = forked->note;
    const auto address = parse_u64(rest.substr(0, rest.find('\n')));
    if (!address) {
        return fail(ErrorKind::internal, "the fork server's note has no address of the window");
    }
    std::string note(rest.substr(rest.find('\n') + 1));
    TRY_ASSIGN(auto qmp, Qmp::adopt(std::move(monitor.ours)));
    TRY_ASSIGN(auto window,
               ProcessWindow::open_at(forked->child.pid(), *address, layout.window_size));
    TRY_ASSIGN(const auto ended, forked->child.wait(Deadline::in(0s)));
    if (ended) { // and the window may be in another process, which has its number now
        return fail(ErrorKind::environment, "the fork has ended: " + ended->describe());
    }
    std::unique_ptr<QemuMachine> machine(
        new QemuMachine(layout,
                        std::move(forked->child),
                        std::move(qmp),
                        std::move(console.read),
                        std::move(complaints.read),
                        description_of(facts, model_for(spec.topology))));
    machine->ram_is_ours_ = false;
    machine->is_fork_ = true;
    machine->control_ = std::move(forked->control);
    machine->window_.emplace(std::move(window));
    return Forked{std::move(machine), std::move(note), forked->turn};
}

// QEMU opens the memory files and maps them before it answers, so they are only its own when this
// returns.
Result<> QemuMachine::start(const MemoryLayout& layout, int state) {
    TRY(monitor_.negotiate(Deadline::in(start_limit)));
    const auto& ram = ram_.back();
    TRY_ASSIGN(window_,
               ProcessWindow::open(
                   child_.pid(), ram.inode, ram.name, layout.window_offset, layout.window_size));
    return state < 0 ? Channel(*window_).format({.lockstep = deterministic_}) : load_state(state);
}

Result<> QemuMachine::load_state(int state) {
    const auto deadline = Deadline::in(start_limit);
    TRY(set_capabilities(deadline));
    // Announcing itself to a network that is not there takes timers of the host's clock, and QEMU
    // ends the vCPUs' turns for those.
    TRY(monitor_.execute("migrate-set-parameters",
                         Json::object({
                             {"announce-rounds", 0}
    }),
                         deadline));
    TRY(monitor_.execute("migrate-incoming",
                         Json::object({
                             {"uri", fmt::format("fd:{}", state)}
    }),
                         deadline));
    return await_migration(deadline);
}

// A QEMU that gives up says why on stderr and closes the monitor; its words are better than ours.
Error QemuMachine::cannot_start(Error error) {
    if (!monitor_.closed()) {
        return std::move(error).context("QEMU does not come up");
    }
    const auto status = child_.wait(Deadline::in(last_words_limit));
    drain();
    auto detail = last_lines(complaints_.view(), 5);
    if (detail.empty()) {
        detail = status && *status ? (*status)->describe() : "no reason given";
    }
    Error refusal(ErrorKind::environment, "QEMU does not start the machine: " + detail);
    return detail.find("kernel") == std::string::npos
               ? refusal
               : std::move(refusal).hint(
                     "the kernel must be a bzImage, or a vmlinux with a PVH note (CONFIG_PVH)");
}

} // namespace ktstr::machine::qemu
