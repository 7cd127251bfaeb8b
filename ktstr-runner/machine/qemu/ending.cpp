#include "ktstr-runner/machine/qemu/ending.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::machine::qemu {

using Cause = Ending::Cause;

Ending ending_of_shutdown(std::string_view reason, std::string_view console) {
    if (reason == "guest-shutdown") {
        return ending_of_power_off(console);
    }
    if (reason == "guest-reset" || reason == "subsystem-reset") {
        return ending_of_reset(
            console,
            "the machine was reset without a word of the kernel: a triple fault, most likely");
    }
    if (reason == "guest-panic") {
        return {Cause::panicked,
                line_with(console, "Kernel panic - not syncing")
                    .value_or("the guest says it panicked")};
    }
    return {Cause::broken, fmt::format("QEMU was stopped from outside ({})", reason)};
}

namespace {

// It goes on after a warning, so that is not what it ended by.
std::string without_warnings(std::string_view complaints) {
    std::string out;
    for (const auto& line : split(complaints, '\n')) {
        if (!line.starts_with("warning: ") && line.find(": warning: ") == line.npos) {
            out += line + '\n';
        }
    }
    return out;
}

} // namespace

Ending ending_of_exit(const ExitStatus& status, std::string_view complaints) {
    auto detail = "QEMU ended by itself: " + status.describe();
    if (const auto last = last_lines(without_warnings(complaints), 5); !last.empty()) {
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

} // namespace ktstr::machine::qemu
