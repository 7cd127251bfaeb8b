#include "guest/scheduler/kernel_exit.hpp"

#include "guest/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace ktstr::guest {

namespace {

// kernel/sched/ext.c, scx_exit_reason()
constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> reasons{
    {
     {"unregistered from user space", exit_unregistered},
     {"unregistered from BPF", exit_unregistered_by_bpf},
     {"unregistered from the main kernel", exit_unregistered_by_kernel},
     {"disabled by sysrq-S", exit_sysrq},
     {"runtime error", exit_error},
     {"scx_bpf_error", exit_error_bpf},
     {"runnable task stall", exit_error_stall},
     }
};

constexpr std::string_view log_prefix = "sched_ext: ";
constexpr std::string_view disabled = "\" disabled (";
constexpr std::string_view scheduler = "sched_ext: BPF scheduler \"";
constexpr std::string_view exit_word = "EXIT: ";

} // namespace

std::int64_t kind_of(std::string_view reason) {
    for (const auto& [text, kind] : reasons) {
        if (text == reason) {
            return kind;
        }
    }
    return 0;
}

bool tells_of_enabling(std::string_view line) {
    return line.starts_with(scheduler) && line.find("\" enabled") != std::string_view::npos;
}

bool tells_of_disabling(std::string_view line) {
    return line.starts_with(scheduler) && line.find(disabled) != std::string_view::npos;
}

// sched_ext: BPF scheduler "qmap" disabled (runnable task stall)
// sched_ext: qmap: cc1[123] failed to run for 5.012s
std::optional<KernelExit> exit_in_kernel_log(const std::vector<std::string>& lines,
                                             std::string_view ops) {
    std::optional<KernelExit> found;
    std::string message_prefix;
    for (const std::string_view line : lines) {
        if (tells_of_disabling(line)) {
            const auto at = line.rfind(disabled);
            const auto name = line.substr(scheduler.size(), at - scheduler.size());
            if (!ops.empty() && name != ops) {
                continue;
            }
            if (found && found->is_error) {
                break;
            }
            auto reason = line.substr(at + disabled.size());
            reason = reason.substr(0, reason.rfind(')'));
            found = KernelExit{.kind = kind_of(reason), .reason = std::string(reason)};
            found->is_error = found->kind >= exit_error;
            message_prefix = std::string(log_prefix) + std::string(name) + ": ";
        } else if (found && found->message.empty() && line.starts_with(message_prefix)) {
            found->message = line.substr(message_prefix.size());
            found->is_error = true; // the kernel prints a message for errors alone
        }
    }
    return found;
}

namespace {

// Of the text behind "EXIT: ".
KernelExit read_exit(std::string_view text) {
    text = trimmed(text.substr(0, text.find('\n')));
    KernelExit found;
    for (const auto& [reason, kind] : reasons) {
        if (text.starts_with(reason)) {
            found = {.kind = kind, .reason = std::string(reason), .is_error = kind >= exit_error};
        }
    }
    const auto open = text.find(" (");
    if (found.reason.empty()) {
        found.reason = text.substr(0, open);
    }
    if (open != std::string_view::npos) {
        const auto inside = text.substr(open + 2);
        found.message = inside.substr(0, inside.rfind(')'));
    }
    return found;
}

} // namespace

// "EXIT: runnable task stall (cc1[123] failed to run for 5.0s)", and " on CPU 3" behind it; errors
// of Rust programs have "Error: " before it.
std::optional<KernelExit> exit_in_output(std::string_view output) {
    std::optional<KernelExit> found;
    for (auto at = output.find(exit_word);
         at != std::string_view::npos && !(found && found->is_error);
         at = output.find(exit_word)) {
        output.remove_prefix(at + exit_word.size());
        found = read_exit(output);
    }
    return found;
}

namespace {

// A dump in its frame: "DEBUG DUMP", a line of "=", the dump, a line of "=".
struct Frame {
    std::size_t begin = 0; // of the title; npos: there is none
    std::size_t dump = 0;
    std::size_t dump_end = 0;
    std::size_t end = 0;
};

Frame find_frame(std::string_view output) {
    constexpr std::string_view title = "DEBUG DUMP\n";
    constexpr std::string_view bar = "====================\n";
    Frame frame{.begin = output.rfind(title)};
    if (frame.begin == std::string_view::npos) {
        return frame;
    }
    frame.dump = frame.begin + title.size();
    if (const auto first = output.find(bar, frame.dump); first != std::string_view::npos) {
        frame.dump = first + bar.size();
    }
    frame.dump_end = std::min(output.find("\n====================", frame.dump), output.size());
    const auto last = output.find(bar, frame.dump_end);
    frame.end = last == std::string_view::npos ? output.size() : last + bar.size();
    return frame;
}

} // namespace

std::string dump_in_output(std::string_view output) {
    const auto frame = find_frame(output);
    if (frame.begin == std::string_view::npos) {
        return {};
    }
    return std::string(trimmed(output.substr(frame.dump, frame.dump_end - frame.dump)));
}

std::string without_dump(std::string_view output) {
    const auto frame = find_frame(output);
    if (frame.begin == std::string_view::npos) {
        return std::string(output);
    }
    return std::string(output.substr(0, frame.begin)) + "[the kernel's exit dump]\n" +
           std::string(output.substr(frame.end));
}

std::int64_t kind_in_dump(std::string_view dump) {
    const auto number = between(dump, "triggered exit kind ", ":");
    std::int64_t kind = 0;
    std::from_chars(number.data(), number.data() + number.size(), kind);
    return kind;
}

} // namespace ktstr::guest
