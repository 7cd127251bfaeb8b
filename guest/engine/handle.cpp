#include "guest/engine/handle.hpp"

#include "guest/engine/control.hpp"
#include "guest/scheduler/patience.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ktstr::guest {

namespace {

constexpr std::int64_t start_patience_ms = 20'000;
// Beyond what the scheduler may take: workers that it starved die once it is gone, on a busy host.
constexpr std::int64_t answer_patience_ms = 50'000;
constexpr std::int64_t look_every_ns = 20'000'000;
constexpr std::int64_t end_patience_ms = 1000;

bool is_child(idtype_t type, id_t id) {
    siginfo_t info;
    return ::waitid(type, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

} // namespace

Listener listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return {.problem = "the socket's path is too long: " + path};
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    if (auto problem = make_dirs(path.substr(0, path.rfind('/')))) {
        return {.problem = std::move(problem)};
    }
    ::unlink(path.c_str());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0666) != 0 || ::listen(fd.get(), 16) != 0) {
        return {.problem = errno_text("cannot listen at " + path)};
    }
    return {.fd = std::move(fd)};
}

EngineHandle::EngineHandle(std::string cgroup, const char* program, const std::string& socket)
    : cgroup_(std::move(cgroup)) {
    auto listener = listen_at(socket);
    std::array<int, 2> ends{-1, -1};
    if (listener.problem) {
        problem_ = std::move(listener.problem);
        return;
    }
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        problem_ = errno_text("cannot make a socket pair");
        return;
    }
    control_ = LineSocket(Fd(ends[0]));
    start(program, Fd(ends[1]), std::move(listener.fd));
}

// An exec of the same program, not a fork alone: the agent's threads, its map of the host's window
// and what it had in memory are not the engine's.
void EngineHandle::start(const char* program, Fd control, Fd listener) {
    const auto cgroup = cgroup_.empty() ? "" : cgroup_ + "/engine";
    if (!cgroup.empty()) {
        ::mkdir(cgroup.c_str(), 0755);
        ::mkdir((cgroup_ + "/scheduler").c_str(), 0755);
    }
    // Above the numbers that they are to have.
    Fd high_control(::fcntl(control.get(), F_DUPFD_CLOEXEC, 10));
    Fd high_listener(::fcntl(listener.get(), F_DUPFD_CLOEXEC, 10));
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setsid();
        if (!cgroup.empty()) {
            write_file(cgroup + "/cgroup.procs", "0");
        }
        if (::dup2(high_control.get(), engine_control_fd) >= 0 &&
            ::dup2(high_listener.get(), engine_listener_fd) >= 0) {
            ::execl(program, engine_name, static_cast<char*>(nullptr));
        }
        ::_exit(127);
    }
    if (pid_ < 0) {
        problem_ = errno_text("cannot start the engine: fork");
        return;
    }
    control.reset(); // with the last copy of ours its end is seen at once
    high_control.reset();
    high_listener.reset();
    const auto word = control_.await(Deadline(start_patience_ms).at_ns());
    if (word != control::ready) {
        problem_ = "the engine does not start";
    }
}

EngineHandle::~EngineHandle() {
    // One that has told its story ends by itself, and its descriptors close on the way.
    const Deadline limit(end_patience_ms);
    while (has_told_ && control_.await(limit.at_ns())) {
    }
    if (!control_.is_open()) {
        reap();
    }
    // Orphans of the engine's are children of ours.
    if (!cgroup_.empty() && is_child(P_ALL, 0)) {
        write_file(cgroup_ + "/cgroup.kill", "1");
    }
    reap();
}

// Unless somebody else has: then the number may be another's.
void EngineHandle::reap() {
    if (pid_ > 0 && is_child(P_PID, static_cast<id_t>(pid_))) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
}

void EngineHandle::vary(std::uint64_t seed) {
    control_.send(control::vary + std::to_string(seed));
}

EngineHandle::Attached EngineHandle::attach(const wire::Scheduler& scheduler,
                                            const std::function<bool()>& give_up) {
    const auto gone = [](std::string what) {
        return Attached{.problem = what, .story = {.problem = what}};
    };
    if (problem_) {
        return gone(*problem_);
    }
    const auto longest = [](std::int64_t limit_ms) {
        return std::max<std::int64_t>(limit_ms, 0) * Patience::most_times + answer_patience_ms;
    };
    longest_stop_ms_ = longest(scheduler.detach_limit_ms);
    const Deadline limit(longest(scheduler.attach_limit_ms));
    control_.send(control::attach + wire::dump(scheduler));
    bool given_up = false;
    while (control_.is_open() && !limit.passed()) {
        const auto line = control_.await(monotonic_ns() + look_every_ns);
        if (line && line->starts_with(control::attached)) {
            auto story =
                wire::parse<wire::Story>(line->substr(std::string_view(control::attached).size()));
            if (!story) {
                return gone("the engine's answer cannot be read");
            }
            Attached attached{.story = std::move(*story)};
            if (!attached.story.problem.empty()) {
                attached.problem = attached.story.problem;
            }
            return attached;
        }
        if (!given_up && give_up()) {
            given_up = true;
            control_.send(control::give_up);
        }
    }
    return gone(control_.is_open() ? "the engine does not answer" : "the engine is gone");
}

std::string EngineHandle::lost(const std::string& what) const {
    return wire::dump(wire::Story{.problem = what});
}

std::string EngineHandle::finish(const std::function<void(std::string_view)>& facts) {
    if (problem_) {
        return lost(*problem_);
    }
    control_.send(control::finish);
    const Deadline limit(longest_stop_ms_);
    while (const auto line = control_.await(limit.at_ns())) {
        const std::string_view text(*line);
        if (text.starts_with(control::facts)) {
            facts(text.substr(std::string_view(control::facts).size()));
        } else if (text.starts_with(control::story)) {
            has_told_ = true;
            return std::string(text.substr(std::string_view(control::story).size()));
        }
    }
    return lost(control_.is_open() ? "the engine did not stop in time"
                                   : "the engine is gone: it crashed, or the test killed it");
}

} // namespace ktstr::guest
