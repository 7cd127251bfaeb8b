#include "ktstr-runner/machine/qemu/qemu_machine.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/qemu/boot_leftovers.hpp"
#include "ktstr-runner/machine/qemu/ending.hpp"
#include "ktstr-runner/machine/qemu/fork_client.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

namespace ktstr::machine::qemu {

using namespace std::chrono_literals;

namespace {

// QEMU answers in milliseconds; a host that is short of CPUs may take its time.
constexpr auto command_limit = 30s;
constexpr auto save_limit = 60s;

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

} // namespace

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

Result<> QemuMachine::resume() {
    if (deterministic_) {
        TRY(Channel(*window_).end_waiting());
    }
    standstill_.reset();
    wanted_ = Wanted::running;
    return command("cont");
}

Result<> QemuMachine::pause() {
    wanted_ = Wanted::paused;
    return standstill_ ? Result<>{} : command("stop");
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
    } else if (event.name == "STOP" && wanted_ == Wanted::running && !ending_ && !debugged_) {
        look_at_state();
    }
}

// The host did not stop it: then nothing has changed since.
Result<Standstill> QemuMachine::why_still() {
    TRY_ASSIGN(const auto waiting, Channel(*window_).waiting());
    return waiting == wire::Waiting::none   ? Standstill::at_time
           : waiting == wire::Waiting::room ? Standstill::ring_full
                                            : Standstill::waits;
}

// It stopped and nobody asked it to: KVM gave up, or the disk under a memory file is full; or its
// guest did.
void QemuMachine::look_at_state() {
    const auto status =
        monitor_.execute("query-status", Json::object(), Deadline::in(last_words_limit));
    drain();
    const auto state =
        status && status->is_object() ? status->value("status", Json("unknown")) : "unknown";
    if (deterministic_ && state == "paused") {
        if (const auto why = why_still()) {
            standstill_ = *why;
            return;
        }
    }
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
