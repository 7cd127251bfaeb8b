#include "ktstr-runner/machine/qemu/ending.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ktstr::machine::qemu {

namespace {

using Cause = Ending::Cause;

// From `mark` to the end of its line, the last one.
std::optional<std::string> line_with(std::string_view console, std::string_view mark) {
    const auto at = console.rfind(mark);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto line = console.substr(at, console.find_first_of("\r\n", at) - at);
    return to_utf8(trim(line));
}

Ending ending_of_reset(std::string_view console) {
    // A panic line is the kernel's last word (an oops may stand between it and the end); a restart
    // on purpose comes after whatever was said before.
    if (auto panic = line_with(console, "Kernel panic - not syncing")) {
        return {Cause::panicked, std::move(*panic)};
    }
    if (auto restart = line_with(console, "reboot: Restarting system")) {
        return {Cause::reset, "the guest asked for a restart (" + *restart + ")"};
    }
    return {Cause::reset,
            "the machine was reset without a word of the kernel: a triple fault, most likely"};
}

} // namespace

Ending ending_of_shutdown(std::string_view reason, std::string_view console) {
    if (reason == "guest-shutdown") {
        return {Cause::powered_off,
                line_with(console, "reboot: Power down").value_or("the guest powered itself off")};
    }
    if (reason == "guest-reset" || reason == "subsystem-reset") {
        return ending_of_reset(console);
    }
    if (reason == "guest-panic") {
        return {Cause::panicked,
                line_with(console, "Kernel panic - not syncing")
                    .value_or("the guest says it panicked")};
    }
    return {Cause::broken, fmt::format("QEMU was stopped from outside ({})", reason)};
}

Ending ending_of_exit(const ExitStatus& status, std::string_view complaints) {
    auto detail = "QEMU ended by itself: " + status.describe();
    if (const auto last = last_lines(complaints, 5); !last.empty()) {
        detail += ": " + last;
    }
    return {Cause::broken, std::move(detail)};
}

Ending ending_of_state(std::string_view state, std::string_view complaints) {
    if (state == "guest-panicked") {
        return {Cause::panicked, "the guest says it panicked"};
    }
    // A dump of registers follows that is for QEMU's developers; its head says what it was.
    const auto why =
        line_with(complaints, "KVM internal error").value_or(last_lines(complaints, 1));
    return {Cause::broken,
            fmt::format("QEMU stopped the machine: {}{}{}", state, why.empty() ? "" : ": ", why)};
}

std::string last_lines(std::string_view text, std::size_t lines) {
    std::vector<std::string> kept;
    while (!text.empty() && kept.size() < lines) {
        const auto begin = text.rfind('\n');
        const auto line = trim(begin == std::string_view::npos ? text : text.substr(begin + 1));
        if (!line.empty()) {
            kept.push_back(to_utf8(line));
        }
        text = begin == std::string_view::npos ? std::string_view{} : text.substr(0, begin);
    }
    std::reverse(kept.begin(), kept.end());
    return join(kept, "; ");
}

} // namespace ktstr::machine::qemu
