#include "ktstr-runner/config/selection.hpp"

#include "ktstr-runner/base/fd.hpp"

#include <algorithm>

namespace ktstr::config {

namespace {

constexpr std::size_t largest = std::size_t{256} << 20;

} // namespace

Result<std::optional<std::set<std::string, std::less<>>>>
selection_from(std::span<const std::string> environment, std::string_view binary_id) {
    const auto start = std::string(selection_variable) + "=";
    const auto found = std::ranges::find_if(
        environment, [&](const std::string& entry) { return entry.starts_with(start); });
    if (found == environment.end()) {
        return std::nullopt;
    }
    if (binary_id.empty()) {
        return fail(Error(ErrorKind::environment,
                          "nextest does not say whose listing it wants, so the run's choice cannot "
                          "be held to")
                        .hint("cargo install cargo-nextest --locked"));
    }
    const auto path = found->substr(start.size());
    TRY_ASSIGN(const auto text, read_file(path, largest), selection_variable);
    std::set<std::string, std::less<>> names;
    for (std::string_view rest = text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.starts_with(binary_id) && line.substr(binary_id.size()).starts_with(' ')) {
            names.emplace(line.substr(binary_id.size() + 1));
        }
    }
    return names;
}

} // namespace ktstr::config
