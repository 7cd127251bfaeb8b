#include "cargo-ktstr/commands/checks.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <array>
#include <chrono>

namespace ktstr::commands {

std::string_view name(State state) {
    constexpr std::array<std::string_view, 3> names{"ok", "degraded", "missing"};
    return names.at(static_cast<std::size_t>(state));
}

std::string_view name(Need need) {
    constexpr std::array<std::string_view, 5> names{
        "tests", "programs", "coverage", "kernels", "hygiene"};
    return names.at(static_cast<std::size_t>(need));
}

std::vector<unsigned> version_in(std::string_view text) {
    for (const auto& word : split(text, ' ')) {
        if (word.find('.') == word.npos) {
            continue;
        }
        std::vector<unsigned> version;
        for (const auto& part : split(word, '.')) {
            const auto number = parse_u64(part);
            if (!number || *number > 1'000'000) {
                version.clear();
                break;
            }
            version.push_back(static_cast<unsigned>(*number));
        }
        if (!version.empty()) {
            return version;
        }
    }
    return {};
}

std::string text_of(const std::vector<unsigned>& version) {
    std::string out;
    for (const auto part : version) {
        out += (out.empty() ? "" : ".") + std::to_string(part);
    }
    return out;
}

Said first_line_of(std::vector<std::string> argv) {
    const auto captured =
        run_captured({.argv = std::move(argv)}, Deadline::in(std::chrono::seconds{20}));
    if (!captured) {
        return {.line = captured.error().one_line()};
    }
    const bool ran = captured->status.success();
    const auto& text = ran || captured->err.empty() ? captured->out : captured->err;
    return {.ran = ran, .line = std::string(trim(split(trim(text), '\n').front()))};
}

} // namespace ktstr::commands
