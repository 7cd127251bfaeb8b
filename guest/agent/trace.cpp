#include "guest/agent/trace.hpp"

#include "guest/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ktstr::guest {

namespace {

constexpr std::string_view trace_word = "ktstr.trace=sched";

constexpr std::uint64_t least_of_a_cpu = 256 << 10;
constexpr std::uint64_t most_of_a_cpu = 16 << 20; // some 500,000 events
constexpr std::size_t piece = 256U << 10;
constexpr std::int64_t trace_patience_ms = 30'000;

// Below events/; a kernel may be without the rest, never without the first.
constexpr std::array events{"sched/sched_switch",
                            "sched/sched_waking",
                            "sched/sched_wakeup",
                            "sched/sched_wakeup_new",
                            "sched/sched_migrate_task",
                            "sched/sched_process_fork",
                            "sched/sched_process_exec",
                            "sched/sched_process_exit",
                            "sched/sched_process_free",
                            "task/task_newtask",
                            "task/task_rename",
                            "irq/irq_handler_entry",
                            "irq/irq_handler_exit",
                            "irq/softirq_entry",
                            "irq/softirq_exit",
                            "ipi",
                            "sched_ext",
                            "bpf_trace"};

// Of Documentation/trace/ftrace.rst. The clock is the one that people's guest times are of.
constexpr std::array<std::array<const char*, 2>, 3> settings{
    {{"tracing_on", "0"}, {"trace_clock", "mono"}, {"options/record-tgid", "1"}}
};

Problem no_tracing(const std::string& problem) {
    return "the kernel does not trace (" + problem +
           "): it needs CONFIG_FTRACE and CONFIG_EVENT_TRACING";
}

} // namespace

bool is_told_to_trace(std::string_view command_line) {
    for (auto rest = trimmed(command_line); !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, end) == trace_word) {
            return true;
        }
        rest = trimmed(rest.substr(end));
    }
    return false;
}

Trace::Trace(const std::string& mounted_at, std::uint64_t bytes, unsigned cpus)
    : directory_(mounted_at + "/instances/ktstr") {
    if (::mkdir(directory_.c_str(), 0755) != 0 && errno != EEXIST) {
        problem_ = no_tracing(errno_text("cannot make " + directory_));
        return;
    }
    for (const auto& [file, value] : settings) {
        if (auto problem = write_file(directory_ + '/' + file, value)) {
            problem_ = no_tracing(*problem);
            return;
        }
    }
    const auto of_a_cpu = std::clamp(bytes / std::max(cpus, 1U), least_of_a_cpu, most_of_a_cpu);
    problem_ = write_file(directory_ + "/buffer_size_kb", std::to_string(of_a_cpu >> 10));
    for (const auto* event : events) {
        const auto problem = write_file(directory_ + "/events/" + event + "/enable", "1");
        if (problem && event == events.front()) {
            problem_ = no_tracing(*problem);
        }
    }
    on_ = Fd(::open((directory_ + "/tracing_on").c_str(), O_WRONLY | O_CLOEXEC));
    marker_ = Fd(::open((directory_ + "/trace_marker").c_str(), O_WRONLY | O_CLOEXEC));
}

void Trace::switch_to(std::string_view state) {
    if (on_ && ::write(on_.get(), state.data(), state.size()) < 0) {
        problem_ = errno_text("cannot switch the trace on and off");
    }
}

void Trace::mark(std::string_view text) {
    // Refused while it is off: nobody looks then.
    [[maybe_unused]] const auto n = ::write(marker_.get(), text.data(), text.size());
}

Problem Trace::send(Channel& channel) {
    if (problem_) {
        return problem_;
    }
    const Fd fd(::open((directory_ + "/trace").c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return errno_text("cannot open the trace");
    }
    std::string buffer(piece, '\0');
    while (true) {
        // It gives little at a time; a frame is to be worth its way.
        std::size_t held = 0;
        ssize_t got = 1;
        while (held < buffer.size() && got > 0) {
            got = ::read(fd.get(), buffer.data() + held, buffer.size() - held);
            held += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
        }
        if (got < 0) {
            return errno_text("cannot read the trace");
        }
        const auto text = std::string_view(buffer).substr(0, held);
        if (held != 0 && !channel.send(wire::FrameType::trace, text, trace_patience_ms)) {
            return "the host does not read the trace";
        }
        if (got == 0) {
            return std::nullopt;
        }
    }
}

} // namespace ktstr::guest
