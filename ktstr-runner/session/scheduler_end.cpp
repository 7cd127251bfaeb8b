#include "ktstr-runner/session/scheduler_end.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <string.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ktstr::session {

using sidecar::Reason;
using wire::SchedulerEnd;

namespace {

struct EndRow {
    SchedulerEnd value;
    std::string_view name;
    std::optional<Reason> trouble;
};

constexpr std::array ends{
    EndRow{SchedulerEnd::never_attached,  "never_attached",  Reason::scheduler_not_attached},
    EndRow{SchedulerEnd::none,            "none",            std::nullopt                  },
    EndRow{SchedulerEnd::running,         "running",         std::nullopt                  },
    EndRow{SchedulerEnd::clean,           "clean",           std::nullopt                  },
    EndRow{SchedulerEnd::left,            "left",            Reason::scheduler_left        },
    EndRow{SchedulerEnd::bpf_error,       "bpf_error",       Reason::scheduler_error       },
    EndRow{SchedulerEnd::stall,           "stall",           Reason::scheduler_stall       },
    EndRow{SchedulerEnd::kernel_error,    "kernel_error",    Reason::scheduler_error       },
    EndRow{SchedulerEnd::killed,          "killed",          Reason::scheduler_killed      },
    EndRow{SchedulerEnd::exited,          "exited",          Reason::scheduler_left        },
    EndRow{SchedulerEnd::verifier,        "verifier",        Reason::scheduler_rejected    },
    EndRow{SchedulerEnd::missing_feature, "missing_feature", Reason::kernel_feature        },
    EndRow{SchedulerEnd::would_not_stop,  "would_not_stop",  Reason::scheduler_stuck       },
};

const EndRow& row_of(SchedulerEnd end) {
    return *std::ranges::find(ends, end, &EndRow::value);
}

constexpr std::size_t longest_part = 300; // of a headline; the whole is in the sidecar

std::string part(std::string_view text) {
    auto line = printable(trim(text.substr(0, text.find('\n'))));
    if (line.size() > longest_part) {
        line = to_utf8(line.substr(0, longest_part)) + "...";
    }
    return line;
}

// The kernel says "comm[pid] failed to run for 5.012s" (scx_watchdog, kernel/sched/ext.c). Else the
// text as it is.
std::string stalled_task(std::string_view message) {
    const auto failed = message.find("] failed to run for ");
    const auto open = message.rfind('[', failed);
    if (failed == std::string_view::npos || open == std::string_view::npos) {
        return part(message);
    }
    const auto time = message.substr(failed + std::string_view("] failed to run for ").size());
    double seconds = 0;
    const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), seconds);
    if (error != std::errc() || end == time.data() + time.size() || *end != 's') {
        return part(message);
    }
    return fmt::format("{}:{}, {:.1f} s",
                       part(message.substr(0, open)),
                       part(message.substr(open + 1, failed - open - 1)),
                       seconds);
}

// ": reason (message)", as far as there are such.
std::string because(const wire::SchedulerStory& story, const std::string& message) {
    const auto reason = part(story.reason);
    if (reason.empty()) {
        return message.empty() ? "" : ": " + message;
    }
    return ": " + reason + (message.empty() || message == reason ? "" : " (" + message + ")");
}

std::string signal_of(int shell_code) {
    const char* abbreviation = shell_code > 128 ? ::sigabbrev_np(shell_code - 128) : nullptr;
    return abbreviation == nullptr ? "a signal" : std::string("SIG") + abbreviation;
}

} // namespace

std::optional<Reason> trouble_of(SchedulerEnd end) {
    return row_of(end).trouble;
}

std::string_view name(SchedulerEnd end) {
    return row_of(end).name;
}

bool is_kernel_error(SchedulerEnd end) {
    return end == SchedulerEnd::bpf_error || end == SchedulerEnd::stall ||
           end == SchedulerEnd::kernel_error;
}

std::string headline_of(const wire::SchedulerStory& story) {
    const auto name = "scheduler " + part(story.name);
    const auto ran = human_time(std::chrono::nanoseconds(std::max<std::int64_t>(story.ran_ns, 0)));
    const auto message = part(story.message);
    switch (story.end) {
    case SchedulerEnd::never_attached:
        return name + " never attached" + because(story, message);
    case SchedulerEnd::none:
        return "there was no scheduler";
    case SchedulerEnd::running:
        return name + " runs";
    case SchedulerEnd::clean:
        return name + " ran for " + ran + " and stopped in order";
    case SchedulerEnd::left:
        return name + " left by itself after " + ran + because(story, message);
    case SchedulerEnd::bpf_error:
    case SchedulerEnd::kernel_error:
        return name + " left after " + ran + because(story, message);
    case SchedulerEnd::stall:
        return name + " left after " + ran + because(story, stalled_task(story.message));
    case SchedulerEnd::killed:
        return name + " was killed by " + signal_of(story.exit_code) + " after " + ran;
    case SchedulerEnd::exited:
        return fmt::format("{} ended after {} with exit code {}, and the kernel tells no error{}",
                           name,
                           ran,
                           story.exit_code,
                           because(story, message));
    case SchedulerEnd::verifier:
        return name + " was rejected by the verifier" + because(story, message);
    case SchedulerEnd::missing_feature:
        return name + " needs what this kernel lacks" + because(story, message);
    case SchedulerEnd::would_not_stop:
        return name + " did not stop when it was told to, and was killed" + because(story, message);
    }
    return name;
}

const wire::SchedulerStory* first_in_trouble(const wire::Story& story) {
    const auto found = std::ranges::find_if(
        story.schedulers, [](const auto& one) { return trouble_of(one.end).has_value(); });
    return found == story.schedulers.end() ? nullptr : &*found;
}

} // namespace ktstr::session
