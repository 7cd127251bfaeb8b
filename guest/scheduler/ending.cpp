#include "guest/scheduler/ending.hpp"

#include "guest/base/text.hpp"
#include "guest/scheduler/bounded_log.hpp"
#include "guest/scheduler/kernel_exit.hpp"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <array>
#include <string_view>

namespace ktstr::guest {

namespace {

using wire::SchedulerEnd;
using wire::SchedulerStory;

struct Sign {
    std::string_view text;
    SchedulerEnd end;
};

// What libbpf (src/libbpf.c) and the kernel's verifier print; the first that is found counts, so
// what the kernel lacks stands before what follows from it.
constexpr std::array signs = {
    Sign{"not found in kernel or module BTFs", SchedulerEnd::missing_feature}, // a kfunc
    Sign{"is not found in vmlinux BTF",        SchedulerEnd::missing_feature},
    Sign{"failed to find valid kernel BTF",    SchedulerEnd::missing_feature},
    Sign{"failed to resolve extern",           SchedulerEnd::missing_feature},
    Sign{"(strong): not resolved",             SchedulerEnd::missing_feature}, // CONFIG_x
    Sign{"(strong) not found",                 SchedulerEnd::missing_feature},
    Sign{"': not found in kernel",             SchedulerEnd::missing_feature},
    Sign{"not found in kernel BTF",            SchedulerEnd::missing_feature},
    Sign{"struct_ops is not supported",        SchedulerEnd::missing_feature},
    Sign{"invalid func unknown#",              SchedulerEnd::missing_feature}, // a helper
    Sign{"unknown func ",                      SchedulerEnd::missing_feature},
    Sign{"BEGIN PROG LOAD LOG",                SchedulerEnd::verifier       },
    Sign{"BPF program load failed",            SchedulerEnd::verifier       },
    Sign{"BPF_PROG_LOAD",                      SchedulerEnd::verifier       },
};

std::string line_with(std::string_view output, std::string_view text) {
    for (const auto line : lines_of(output)) {
        if (line.find(text) != std::string_view::npos) {
            return last_line(line);
        }
    }
    return {};
}

// The verifier's own last word stands before its explanation, which newer kernels have (7.3), and
// before its count of instructions.
std::string verifiers_word(std::string_view output) {
    std::string_view last;
    for (const auto line : lines_of(output)) {
        const bool counts =
            line.starts_with("processed ") && line.find(" insns ") != std::string_view::npos;
        if (counts || line.starts_with("Verification failed:")) {
            return last_line(last);
        }
        if (!trimmed(line).empty()) {
            last = line;
        }
    }
    return {};
}

std::string signal_name(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

std::string how_it_ended(int status) {
    return WIFSIGNALED(status)
               ? "its process was killed by " + signal_name(WTERMSIG(status))
               : "its process ended with exit code " + std::to_string(WEXITSTATUS(status));
}

std::string with_word(std::string text, const std::string& word) {
    return word.empty() ? std::move(text) : std::move(text) + ": " + word;
}

void judge_unattached(const Course& course, SchedulerStory& story) {
    story.end = SchedulerEnd::never_attached;
    if (!course.kernel_has_it) {
        story.end = SchedulerEnd::missing_feature;
        story.reason = "the kernel has no sched_ext (CONFIG_SCHED_CLASS_EXT)";
        return;
    }
    if (!course.status || course.forced) {
        story.timed_out = true;
        story.reason = "not attached after " + std::to_string(course.attach_limit_ms) + " ms";
        story.message = last_line(course.output);
        return;
    }
    story.reason = with_word(how_it_ended(*course.status), last_line(course.output));
    for (const auto& sign : signs) {
        if (course.output.find(sign.text) == std::string::npos) {
            continue;
        }
        story.end = sign.end;
        const auto word = sign.end == SchedulerEnd::verifier ? verifiers_word(course.output) : "";
        story.reason = word.empty() ? line_with(course.output, sign.text) : word;
        story.message = last_line(course.output);
        return;
    }
}

void judge_process(const Course& course, SchedulerStory& story) {
    const bool ours = course.asked && !course.left_first;
    if (course.forced) {
        story.end = SchedulerEnd::would_not_stop;
        story.timed_out = true;
        story.reason =
            "SIGTERM, and " + std::to_string(course.detach_limit_ms) + " ms later SIGKILL";
    } else if (!course.status) {
        story.end = course.left_first ? SchedulerEnd::left : SchedulerEnd::running;
    } else if (const bool by_us = ours && WTERMSIG(*course.status) == SIGTERM;
               WIFSIGNALED(*course.status) && !by_us) {
        story.end = SchedulerEnd::killed;
        story.reason = how_it_ended(*course.status);
    } else if (ours) {
        story.end = SchedulerEnd::clean;
    } else if (WEXITSTATUS(*course.status) != 0) {
        story.end = SchedulerEnd::exited;
        story.reason = with_word(how_it_ended(*course.status), last_line(course.output));
    } else {
        story.end = SchedulerEnd::left;
    }
}

SchedulerEnd end_of_error(std::int64_t kind) {
    switch (kind) {
    case exit_error_bpf:
        return SchedulerEnd::bpf_error;
    case exit_error_stall:
        return SchedulerEnd::stall;
    default:
        return SchedulerEnd::kernel_error;
    }
}

// The kernel's log does not depend on the loader, so it is asked first; but it may have been
// flooded, and then the loader's word must do.
KernelExit last_word(const Course& course, const std::string& dump) {
    auto exit = exit_in_kernel_log(course.kernel_lines, course.ops);
    if (!exit) {
        exit = exit_in_output(course.output);
    }
    if (!exit) {
        return {};
    }
    if (exit->kind == 0) {
        exit->kind = kind_in_dump(dump);
        exit->is_error |= exit->kind >= exit_error;
    }
    return *exit;
}

} // namespace

SchedulerStory judge(const Course& course) {
    SchedulerStory story{.dump = dump_in_output(course.output)};
    const auto exit = last_word(course, story.dump);
    story.kind = exit.kind;
    story.message = exit.message;
    if (course.status) {
        story.exit_code = WIFSIGNALED(*course.status) ? 128 + WTERMSIG(*course.status)
                                                      : WEXITSTATUS(*course.status);
    }
    if (exit.is_error) {
        story.end = end_of_error(exit.kind);
        story.reason = exit.reason;
        return story;
    }
    if (course.attached) {
        judge_process(course, story);
    } else {
        judge_unattached(course, story);
    }
    if (story.reason.empty()) {
        story.reason = exit.reason;
    }
    if (story.reason.empty() && story.end != SchedulerEnd::running) { // no log, no exit report
        story.reason = course.status ? how_it_ended(*course.status)
                                     : "it is no longer attached, and nobody says why";
    }
    return story;
}

} // namespace ktstr::guest
