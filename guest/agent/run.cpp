#include "guest/agent/run.hpp"

#include "guest/agent/engine.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ktstr::guest {

namespace {

// How long the sleep may last when something other than a descriptor is awaited: input, room in a
// ring or the last write to a file, which people and throughput feel; and a stop, which can wait,
// and the longer, the longer the program has been quiet. Each look wakes a CPU that may have
// nothing else to do, and is noise to what is measured.
constexpr int eager_ms = 1;
constexpr int shortest_lazy_ms = 50;
constexpr int longest_lazy_ms = 1000; // the host has 3 s for all of a stop
constexpr int quiet_part = 4;

constexpr std::size_t most_tasks = 64;
constexpr std::int64_t kill_patience_ms = 5000;
constexpr int longest_kill_pause_ms =
    64; // A fork bomb's victims need the CPU that looking for them takes.
constexpr std::int64_t stopped_drain_ms = 500;
constexpr std::int64_t deaf_host_ms = 30'000;
// A process that was sent SIGKILL a moment before the program ended is still on its way out.
constexpr std::int64_t leftover_grace_ms = 10;

std::int64_t nanoseconds(const timeval& time) {
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_usec * 1000;
}

} // namespace

Run::Run(const wire::Job& job,
         Launch launched,
         Standing& standing,
         Channel& channel,
         LiveFiles& files,
         Terms terms)
    : job_(job), standing_(standing), channel_(channel), limit_at_ns_(terms.limit_at_ns),
      leftovers_(terms.leftovers), started_ns_(monotonic_ns()), moved_ns_(started_ns_),
      pid_(launched.pid), terminal_(job.terminal ? launched.out.get() : -1),
      out_(std::move(launched.out), wire::FrameType::out),
      err_(std::move(launched.err), wire::FrameType::err), in_(std::move(launched.in)),
      files_(files) {
    if (limit_at_ns_ != 0) {
        standing_.deputy.watch_until(limit_at_ns_);
    }
    reap(); // The program may have ended before anybody looked.
}

wire::Report Run::finish() {
    while (!end_ && !wants_stop()) {
        poll_once(limit_at_ns_ != 0 ? limit_at_ns_ : std::numeric_limits<std::int64_t>::max());
    }
    standing_.deputy.stand_down();
    if (!end_) {
        killed_ = true;
        diagnose_and_kill();
    }
    drain(killed_ ? stopped_drain_ms : std::max<std::int64_t>(job_.leak_timeout_ms, 0));
    if (leftovers_ == Leftovers::clear) {
        end_engine(standing_, channel_); // first, so that its workers are not taken for leftovers
    }
    clear_leftovers();
    judge();
    add_memory_note();
    return report_;
}

// Waits for something to move, and moves it; not much longer than until then.
void Run::poll_once(std::int64_t until_ns) {
    const bool room = channel_.output_room() > 0;
    std::array<pollfd, 5> wait{
        {
         {.fd = standing_.children.get(), .events = POLLIN},
         {.fd = room ? out_.fd() : -1, .events = POLLIN},
         {.fd = room ? err_.fd() : -1, .events = POLLIN},
         {.fd = in_.fd(), .events = POLLOUT},
         {.fd = files_.fd(), .events = POLLIN},
         }
    };
    if (::poll(wait.data(), wait.size(), poll_timeout_ms(until_ns, room)) > 0) {
        moved_ns_ = monotonic_ns();
    }
    if (wait[1].revents != 0) {
        out_.pump(channel_);
    }
    if (wait[2].revents != 0) {
        err_.pump(channel_);
    }
    if (wait[3].revents != 0) {
        in_.pump();
    }
    if (wait[4].revents != 0 || files_.is_owing()) {
        files_.look();
    }
    obey_frames();
    if (wait[0].revents != 0) {
        reap();
    }
}

int Run::poll_timeout_ms(std::int64_t until_ns, bool room) const {
    const bool ring_full = outputs_open() && !room;
    const auto now_ns = monotonic_ns();
    const auto longest =
        ring_full || in_.wants_more() || files_.is_owing()
            ? eager_ms
            : std::clamp<std::int64_t>(
                  (now_ns - moved_ns_) / 1'000'000 / quiet_part, shortest_lazy_ms, longest_lazy_ms);
    const auto left_ms = (until_ns - now_ns) / 1'000'000 + 1;
    return static_cast<int>(std::clamp<std::int64_t>(left_ms, eager_ms, longest));
}

bool Run::has_children() {
    siginfo_t info;
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void Run::reap() {
    signalfd_siginfo seen;
    while (::read(standing_.children.get(), &seen, sizeof seen) > 0) {
    }
    while (true) {
        int status = 0;
        rusage usage{};
        const auto pid = ::wait4(-1, &status, WNOHANG, &usage);
        if (pid <= 0) {
            return;
        }
        if (pid == pid_ && !end_) {
            end_ = End{.status = status, .usage = usage, .at_ns = monotonic_ns()};
        }
    }
}

void Run::obey_frames() {
    while (!in_.is_full()) {
        const auto frame = channel_.receive();
        if (!frame) {
            return;
        }
        switch (frame->type) {
        case wire::FrameType::in:
            in_.add(frame->body);
            break;
        case wire::FrameType::in_end:
            in_.end();
            break;
        case wire::FrameType::stop:
            stop_reason_ = wire::parse<wire::Stop>(frame->body).value_or(wire::Stop{}).reason;
            break;
        case wire::FrameType::resize:
            if (const auto size = wire::parse<wire::Terminal>(frame->body);
                size && out_.is_open() && terminal_ >= 0) {
                set_terminal_size(terminal_, *size);
            }
            break;
        default:
            break;
        }
    }
}

bool Run::wants_stop() {
    if (!stop_reason_ && limit_at_ns_ != 0 && monotonic_ns() >= limit_at_ns_) {
        stop_reason_ = "time limit";
    }
    return stop_reason_.has_value();
}

void Run::diagnose_and_kill() {
    if (const int demoted = standing_.deputy.demoted(); demoted > 0) {
        report_.notes.push_back(std::to_string(demoted) +
                                " real-time tasks filled the guest's CPUs at the time limit; they "
                                "were made ordinary ones for the diagnosis");
    }
    const wire::Diagnosis diagnosis{.reason = *stop_reason_,
                                    .tasks = describe_user_tasks(most_tasks)};
    if (!channel_.send(wire::FrameType::diagnosis, wire::dump(diagnosis))) {
        report_.notes.emplace_back("the diagnosis was lost: the host did not read");
    }
    kill_everything();
    if (!end_) {
        report_.notes.emplace_back("the program does not die of SIGKILL");
    }
}

// Moves what the program had written, and then what comes until all ends of its streams are closed
// or the patience is at its end.
void Run::drain(std::int64_t patience_ms) {
    out_.note_owed();
    err_.note_owed();
    const Deadline patience(patience_ms);
    const Deadline host(deaf_host_ms);
    while (outputs_open() && !host.passed()) {
        const bool enough = patience.passed() || (!killed_ && wants_stop());
        if (enough && out_.all_owed_read() && err_.all_owed_read()) {
            break;
        }
        poll_once(patience.at_ns());
    }
    report_.output_left_open = outputs_open() && !killed_;
}

// Those of a setup stay alive with the machine.
std::vector<ProcStat> Run::left_processes() const {
    auto left = user_processes();
    std::erase_if(left, [&](const ProcStat& process) {
        return standing_.setup_cgroup.contains(process.pid);
    });
    return left;
}

void Run::clear_leftovers() {
    reap();
    // PID 1 inherits every orphan: without children there is nobody that the test started, and no
    // need to read all of /proc.
    if (leftovers_ == Leftovers::forget) {
        forget_leftovers();
        return;
    }
    if (leftovers_ == Leftovers::keep || (::getpid() == 1 && !has_children())) {
        return;
    }
    auto left = left_processes();
    for (const Deadline grace(leftover_grace_ms); !left.empty() && !grace.passed();) {
        sleep_ms(eager_ms);
        reap();
        left = left_processes();
    }
    if (left.empty()) {
        return;
    }
    for (std::size_t i = 0; i < std::min(left.size(), most_tasks); ++i) {
        report_.leaked.push_back(std::to_string(left[i].pid) + ' ' + left[i].comm);
    }
    if (left.size() > most_tasks) {
        report_.notes.push_back("and " + std::to_string(left.size() - most_tasks) +
                                " more left processes");
    }
    kill_everything();
    for (const Deadline last(stopped_drain_ms); outputs_open() && !last.passed();) {
        poll_once(last.at_ns());
    }
}

void Run::forget_leftovers() {
    const auto& cgroup = standing_.test_cgroup;
    cgroup.kill();
    for (const Deadline patience(kill_patience_ms); !cgroup.empty() && !patience.passed();) {
        sleep_ms(eager_ms);
        reap();
    }
    if (const auto left = left_processes(); !left.empty()) {
        report_.leaked.push_back(left.front().comm);
    } else if (!cgroup.empty()) {
        report_.leaked.emplace_back("in the cgroup");
    }
}

// The cgroup at once, then by hand whatever has left it.
void Run::kill_everything() {
    if (::getpid() != 1) {
        return; // Outside of a machine of its own this would be the end of the user's session.
    }
    standing_.test_cgroup.kill();
    standing_.setup_cgroup.kill();
    const Deadline patience(kill_patience_ms);
    for (int pause_ms = eager_ms;; pause_ms = std::min(2 * pause_ms, longest_kill_pause_ms)) {
        reap();
        const auto left = user_processes();
        if (left.empty() && (end_ || patience.passed())) {
            return;
        }
        if (patience.passed()) {
            report_.notes.push_back(std::to_string(left.size()) +
                                    " processes did not die of SIGKILL, " + left.front().comm +
                                    " first");
            return;
        }
        for (const auto& process : left) {
            ::kill(process.pid, SIGKILL);
        }
        sleep_ms(pause_ms);
    }
}

void Run::judge() {
    report_.out_bytes = out_.bytes();
    report_.err_bytes = err_.bytes();
    if (end_) {
        report_.wall_ns = end_->at_ns - started_ns_;
        report_.ended_ns = end_->at_ns;
        report_.user_ns = nanoseconds(end_->usage.ru_utime);
        report_.system_ns = nanoseconds(end_->usage.ru_stime);
        report_.max_rss_bytes = end_->usage.ru_maxrss * std::int64_t{1024};
    } else {
        report_.ended_ns = monotonic_ns();
        report_.wall_ns = report_.ended_ns - started_ns_;
    }
    if (killed_) {
        report_.outcome = wire::Outcome::stopped;
        report_.reason = *stop_reason_;
    } else if (WIFSIGNALED(end_->status)) {
        const char* const name = ::sigabbrev_np(WTERMSIG(end_->status));
        report_.outcome = wire::Outcome::signalled;
        report_.code = WTERMSIG(end_->status);
        report_.reason =
            name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(report_.code);
    } else {
        report_.outcome = wire::Outcome::exited;
        report_.code = WEXITSTATUS(end_->status);
    }
}

void Run::add_memory_note() {
    if (const auto kills = standing_.memory.kills(); kills > 0) {
        report_.notes.push_back("out of memory: the kernel killed " + std::to_string(kills) +
                                (kills == 1 ? " process" : " processes") +
                                " in the guest (memory is " + memory_size() + "; raise `memory`)");
    }
}

} // namespace ktstr::guest
