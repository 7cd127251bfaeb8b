#include "ktstr-runner/machine/ending.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>

namespace ktstr::machine {

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

Ending ending_of_power_off(std::string_view console) {
    return {Cause::powered_off,
            line_with(console, "reboot: Power down").value_or("the guest powered itself off")};
}

Ending ending_of_reset(std::string_view console, std::string_view unsaid) {
    // A panic line is the kernel's last word (an oops may stand between it and the end); a restart
    // on purpose comes after whatever was said before.
    if (auto panic = line_with(console, "Kernel panic - not syncing")) {
        return {Cause::panicked, std::move(*panic)};
    }
    if (auto restart = line_with(console, "reboot: Restarting system")) {
        return {Cause::reset, "the guest asked for a restart (" + *restart + ")"};
    }
    return {Cause::reset, std::string(unsaid)};
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

} // namespace ktstr::machine
