#include "ktstr-runner/machine/qemu/qemu_machine.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/qemu/boot_leftovers.hpp"
#include "ktstr-runner/machine/qemu/ending.hpp"
#include "ktstr-runner/machine/qemu/fork_client.hpp"
#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"
#include "ktstr-runner/machine/qemu/libraries.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace ktstr::machine::qemu {

using namespace std::chrono_literals;

namespace {

// QEMU answers in milliseconds; a host that is short of CPUs may take its time.
constexpr auto start_limit = 60s;
constexpr auto command_limit = 30s;
constexpr auto last_words_limit = 5s;
constexpr std::string_view state_name = "state";
constexpr auto save_limit = 60s;

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

// Takes what is in the pipe, a bounded amount at a time so that a flood lets others have their
// turn; closes it at its end.
void take(Fd& pipe, Tail& tail) {
    constexpr int turns = 16;
    std::array<char, 65536>
        buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): 64 KiB to be written by read
    for (int turn = 0; pipe && turn < turns; ++turn) {
        const auto n = ::read(pipe.get(), buffer.data(), buffer.size());
        if (n > 0) {
            tail.append({buffer.data(), static_cast<std::size_t>(n)});
        } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            pipe.reset();
        }
    }
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

Result<bool> QemuMachine::serve_forks(const std::string& name, int owner, std::string_view note) {
    if (!control_) {
        return false;
    }
    if (wanted_ != Wanted::paused || ending_) {
        return fail(ErrorKind::internal, "only a paused machine can serve forks");
    }
    const auto control = std::exchange(control_, nullptr); // who is not answered asks no more
    ram_is_ours_ = false;
    if (!is_fork_ && !has_library(control->get())) {
        return fail(ErrorKind::environment, "the fork server's library is not in QEMU");
    }
    TRY(begin_to_serve(
        control->get(), name, owner, fmt::format("{}\n{}", window_->address(), note)));
    child_.release();
    return true;
}

// QEMU opens the memory files and maps them before it answers, so they are only its own when this
// returns.
Result<> QemuMachine::start(const MemoryLayout& layout, int state) {
    TRY(monitor_.negotiate(Deadline::in(start_limit)));
    const auto& ram = ram_.back();
    TRY_ASSIGN(window_,
               ProcessWindow::open(
                   child_.pid(), ram.inode, ram.name, layout.window_offset, layout.window_size));
    return state < 0 ? Channel(*window_).format() : load_state(state);
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

// RAM that is in files stays out of the state; MIGRATION events say when it is done (QEMU's
// qapi/migration.json).
Result<> QemuMachine::set_capabilities(Deadline deadline) {
    auto capabilities = Json::array();
    for (const auto* name : {"x-ignore-shared", "events"}) {
        capabilities.push_back(Json::object({
            {"capability", name},
            {"state",      true}
        }));
    }
    TRY(monitor_.execute("migrate-set-capabilities",
                         Json::object({
                             {"capabilities", std::move(capabilities)}
    }),
                         deadline));
    return {};
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

Result<> QemuMachine::resume() {
    wanted_ = Wanted::running;
    return command("cont");
}

Result<> QemuMachine::pause() {
    wanted_ = Wanted::paused;
    return command("stop");
}

Result<> QemuMachine::command(std::string_view name) {
    if (ending_) {
        return fail(ErrorKind::guest, "the machine has ended: " + ending_->detail);
    }
    TRY(monitor_.execute(name, Json::object(), Deadline::in(command_limit)));
    return {};
}

std::vector<int> QemuMachine::descriptors() const {
    std::vector<int> out;
    for (const auto* const pipe : {&console_pipe_, &complaints_pipe_}) {
        if (*pipe) {
            out.push_back(pipe->get());
        }
    }
    if (!monitor_.closed()) {
        out.push_back(monitor_.fd());
    }
    if (!ending_) {
        out.push_back(child_.pidfd());
    }
    return out;
}

Result<> QemuMachine::service() {
    drain();
    if (auto served = monitor_.service();
        !served) { // it is dying, as a rule: how, is told in a moment
        TRY_ASSIGN(const auto status, child_.wait(Deadline::in(last_words_limit)));
        drain();
        end(status ? ending_of_exit(*status, complaints_.view())
                   : Ending{Ending::Cause::broken, served.error().one_line()});
        return {};
    }
    take_events();
    if (!ending_) {
        TRY_ASSIGN(const auto status, child_.wait(Deadline::in(0s)));
        if (status) {
            drain();
            end(ending_of_exit(*status, complaints_.view()));
        }
    }
    return {};
}

void QemuMachine::drain() {
    take(console_pipe_, console_);
    take(complaints_pipe_, complaints_);
}

void QemuMachine::take_events() {
    while (const auto event = monitor_.next_event()) {
        take_event(*event);
    }
}

void QemuMachine::take_event(const QmpEvent& event) {
    if (event.name == "SHUTDOWN") {
        drain(); // the kernel's last words were written before the event
        const auto reason = event.data.find("reason");
        end(ending_of_shutdown(
            reason != event.data.end() && reason->is_string() ? reason->get<std::string>() : "?",
            console_.view()));
    } else if (event.name == "STOP" && wanted_ == Wanted::running && !ending_) {
        look_at_state();
    }
}

// It stopped and nobody asked it to: KVM gave up, or the disk under a memory file is full.
void QemuMachine::look_at_state() {
    const auto status =
        monitor_.execute("query-status", Json::object(), Deadline::in(last_words_limit));
    drain();
    const auto state =
        status && status->is_object() ? status->value("status", Json("unknown")) : "unknown";
    if (state != "running" && state != "shutdown") {
        end(ending_of_state(state.is_string() ? state.get<std::string>() : "unknown",
                            complaints_.view()));
    }
}

void QemuMachine::end(Ending ending) {
    if (!ending_) {
        ending_ = std::move(ending);
    }
}

// The guest's memory, then the state of CPUs and devices through a pipe.
Result<> QemuMachine::forget_boot() {
    if (!booted_ || wanted_ != Wanted::paused) {
        return {};
    }
    TRY_ASSIGN(const auto layout, memory_layout_of(*booted_));
    TRY(forget_boot_leftovers(*booted_, layout, ram_));
    return {};
}

Result<> QemuMachine::save(const std::filesystem::path& directory) {
    if (!ram_is_ours_ || wanted_ != Wanted::paused) {
        return fail(ErrorKind::internal,
                    "only a paused machine that has its memory to itself can be saved");
    }
    for (std::size_t node = 0; node < ram_.size(); ++node) {
        struct stat info{};
        if (::fstat(ram_[node].fd.get(), &info) != 0) {
            return fail(Error::from_errno("cannot look at the machine's memory"));
        }
        const auto path = ram_path(directory, node);
        TRY_ASSIGN(const auto file, open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600));
        TRY(copy_ram(ram_[node].fd.get(), file.get(), static_cast<std::uint64_t>(info.st_size)),
            path.string());
    }
    return save_state(directory / state_name);
}

// QEMU migrates to a descriptor (docs/devel/migration); the RAM, which is shared, stays out of it.
Result<> QemuMachine::save_state(const std::filesystem::path& path) {
    const auto deadline = Deadline::in(save_limit);
    TRY_ASSIGN(auto file, open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    TRY_ASSIGN(auto pipe, make_pipe());
    TRY(set_capabilities(deadline));
    TRY(monitor_.execute("getfd",
                         Json::object({
                             {"fdname", "state"}
    }),
                         deadline,
                         pipe.write.get()));
    pipe.write.reset();
    TRY(monitor_.execute("migrate",
                         Json::object({
                             {"uri", "fd:state"}
    }),
                         deadline));
    auto drained = drain_state(std::move(pipe.read), std::move(file), deadline);
    // With its reader gone QEMU ends the migration, and only then may the machine go on.
    auto ended = await_migration(deadline);
    if (!drained) {
        return fail(std::move(drained).error().context(path.string()));
    }
    return ended;
}

Result<> QemuMachine::drain_state(Fd pipe, Fd file, Deadline deadline) {
    std::vector<std::byte> buffer(64 << 10);
    while (true) {
        pollfd wait{.fd = pipe.get(), .events = POLLIN, .revents = 0};
        if (::poll(&wait, 1, deadline.poll_timeout()) == 0) {
            return fail(ErrorKind::environment, "QEMU does not finish saving the machine");
        }
        const auto n = ::read(pipe.get(), buffer.data(), buffer.size());
        if (n < 0 && errno != EINTR) {
            return fail(Error::from_errno("cannot read the machine's state"));
        }
        if (n == 0) {
            return {};
        }
        if (n > 0) {
            TRY(write_all(file.get(), std::span(buffer).first(static_cast<std::size_t>(n))));
        }
    }
}

// The event comes when all is written, or when a restored machine stands where it was.
Result<> QemuMachine::await_migration(Deadline deadline) {
    while (true) {
        while (const auto event = monitor_.next_event()) {
            const auto status = event->data.find("status");
            if (event->name != "MIGRATION" || status == event->data.end()) {
                take_event(*event);
                continue;
            }
            if (*status == "completed") {
                return {};
            }
            if (*status == "failed" || *status == "cancelled") {
                return fail(ErrorKind::environment, "QEMU cannot move the machine's state");
            }
        }
        TRY(monitor_.wait_for_input(deadline), "waiting for the machine's state");
        TRY(monitor_.service());
    }
}

// QEMU says which thread is which vCPU's (qapi/machine.json, query-cpus-fast).
Result<std::vector<pid_t>> QemuMachine::vcpu_threads() {
    TRY_ASSIGN(const auto answer,
               monitor_.execute("query-cpus-fast", Json::object(), Deadline::in(command_limit)));
    std::map<std::int64_t, pid_t> by_index;
    std::set<pid_t> threads;
    for (const auto& cpu : answer) {
        const auto index = cpu.is_object() ? cpu.find("cpu-index") : cpu.end();
        const auto thread = cpu.is_object() ? cpu.find("thread-id") : cpu.end();
        if (index == cpu.end() || thread == cpu.end() || !index->is_number_integer() ||
            !thread->is_number_integer()) {
            return fail(ErrorKind::environment, "QEMU does not say which thread is which vCPU's");
        }
        by_index[index->get<std::int64_t>()] = thread->get<pid_t>();
        threads.insert(thread->get<pid_t>());
    }
    if (threads.size() != by_index.size()) {
        return fail(ErrorKind::environment, "this QEMU emulates all vCPUs with one thread");
    }
    std::vector<pid_t> in_order;
    for (const auto& [index, thread] : by_index) {
        in_order.push_back(thread);
    }
    return in_order;
}

std::vector<std::string> QemuMachine::not_real_time() const {
    return real_time_ ? std::vector<std::string>{"huge pages: QEMU's memory is in files",
                                                 "vCPUs that stay in the guest when they are idle, "
                                                 "and a kernel that knows of it: QEMU runs the "
                                                 "machine, not our own VMM"}
                      : std::vector<std::string>{};
}

void QemuMachine::stop() {
    child_.kill();
    drain();
}

} // namespace ktstr::machine::qemu
