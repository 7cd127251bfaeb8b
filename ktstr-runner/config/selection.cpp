#include "ktstr-runner/config/selection.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace ktstr::config {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t largest = std::size_t{256} << 20;

// The lines of the file that a variable names; absent where it is unset.
Result<std::optional<std::string>> file_of(const char* variable,
                                           std::span<const std::string> environment) {
    const auto start = std::string(variable) + "=";
    const auto found = std::ranges::find_if(
        environment, [&](const std::string& entry) { return entry.starts_with(start); });
    if (found == environment.end()) {
        return std::nullopt;
    }
    TRY_ASSIGN(auto text, read_file(found->substr(start.size()), largest), variable);
    return text;
}

void for_each_line(std::string_view text, const std::function<void(std::string_view)>& take) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        take(line);
    }
}

std::optional<std::string_view> behind(std::string_view line, std::string_view word) {
    return line.starts_with(word) && line.substr(word.size()).starts_with(' ')
               ? std::optional(line.substr(word.size() + 1))
               : std::nullopt;
}

// "BINARY_ID NAME" of a line of the reserve.
std::string_view without_time(std::string_view line) {
    return line.substr(std::min(line.size(), line.find(' ') + 1));
}

} // namespace

Result<std::optional<std::set<std::string, std::less<>>>>
selection_from(std::span<const std::string> environment, std::string_view binary_id) {
    TRY_ASSIGN(const auto chosen, file_of(selection_variable, environment));
    if (!chosen) {
        return std::nullopt;
    }
    TRY_ASSIGN(const auto reserve, file_of(reserve_variable, environment));
    if (binary_id.empty()) {
        return fail(Error(ErrorKind::environment,
                          "nextest does not say whose listing it wants, so the run's choice cannot "
                          "be held to")
                        .hint("cargo install cargo-nextest --locked"));
    }
    std::set<std::string, std::less<>> names;
    const auto add = [&](std::string_view line) {
        if (const auto name = behind(line, binary_id)) {
            names.emplace(*name);
        }
    };
    for_each_line(*chosen, add);
    for_each_line(reserve.value_or(""), [&](std::string_view line) { add(without_time(line)); });
    return names;
}

Result<std::optional<milliseconds>> reserve_time_from(std::span<const std::string> environment,
                                                      std::string_view binary_id,
                                                      std::string_view name) {
    TRY_ASSIGN(const auto reserve, file_of(reserve_variable, environment));
    std::optional<milliseconds> expected;
    for_each_line(reserve.value_or(""), [&](std::string_view line) {
        if (behind(without_time(line), binary_id) == name) {
            const auto count = parse_u64(line.substr(0, line.find(' ')));
            expected = milliseconds(std::min(count.value_or(0), std::uint64_t{1} << 40));
        }
    });
    return expected;
}

std::string reserve_line(std::chrono::nanoseconds expected, std::string_view test) {
    return fmt::format("{} {}\n", std::chrono::ceil<milliseconds>(expected).count(), test);
}

} // namespace ktstr::config
