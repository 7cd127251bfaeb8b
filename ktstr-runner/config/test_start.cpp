#include "ktstr-runner/config/test_start.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>

namespace ktstr::config {

Result<std::optional<std::string>> tell_start_from(std::span<const std::string> environment) {
    const auto name = std::string(tell_start_variable) + "=";
    const auto found = std::ranges::find_if(
        environment, [&](const std::string& entry) { return entry.starts_with(name); });
    if (found == environment.end()) {
        return std::nullopt;
    }
    auto path = found->substr(name.size());
    if (path.empty()) {
        return fail(ErrorKind::usage, std::string(tell_start_variable) + " is set but empty");
    }
    return path;
}

std::string text_of(const TestStart& start) {
    std::string text = start.cwd + '\0' + std::to_string(start.argv.size()) + '\0';
    for (const auto* list : {&start.argv, &start.environment}) {
        for (const auto& word : *list) {
            text += word + '\0';
        }
    }
    return text;
}

Result<TestStart> parse_test_start(std::string_view text) {
    auto words = split(text, '\0');
    const auto count = words.size() > 2 ? parse_u64(words[1]) : std::nullopt;
    if (!count || *count == 0 || *count > words.size() - 3 || !words.back().empty()) {
        return fail(ErrorKind::environment, "what tells how the test is started is cut off");
    }
    const auto arguments = words.begin() + 2;
    const auto variables = arguments + static_cast<std::ptrdiff_t>(*count);
    return TestStart{
        .cwd = words.front(),
        .argv = {arguments, variables      },
        .environment = {variables, words.end() - 1}
    };
}

} // namespace ktstr::config
