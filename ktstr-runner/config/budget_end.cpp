#include "ktstr-runner/config/budget_end.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::config {

using std::chrono::nanoseconds;

std::string budget_end_text(Clock::time_point end) {
    return std::to_string(nanoseconds(end.time_since_epoch()).count());
}

Result<std::optional<Clock::time_point>> budget_end_from(std::span<const std::string> environment) {
    const auto start = std::string(budget_end_variable) + "=";
    const auto found = std::ranges::find_if(
        environment, [&](const std::string& entry) { return entry.starts_with(start); });
    if (found == environment.end()) {
        return std::nullopt;
    }
    const auto text = found->substr(start.size());
    const auto count = parse_u64(text);
    if (!count || *count > static_cast<std::uint64_t>(nanoseconds::max().count())) {
        return fail(ErrorKind::usage,
                    fmt::format("{}: \"{}\" is no time of a run; `--budget` sets it",
                                budget_end_variable,
                                to_utf8(text)));
    }
    return Clock::time_point(nanoseconds(static_cast<std::int64_t>(*count)));
}

} // namespace ktstr::config
