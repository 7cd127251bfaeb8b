#include "cargo-ktstr/net/content_range.hpp"

#include "ktstr-runner/base/text.hpp"

namespace ktstr::net {

std::optional<ContentRange> parse_content_range(std::string_view value) {
    constexpr std::string_view unit = "bytes ";
    if (!value.starts_with(unit)) {
        return std::nullopt;
    }
    value.remove_prefix(unit.size());
    const auto slash = value.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto range = value.substr(0, slash);
    const auto total = value.substr(slash + 1);
    ContentRange out{.first = {}, .total = parse_u64(total)};
    if (!out.total && (total != "*" || range == "*")) {
        return std::nullopt;
    }
    if (range == "*") {
        return out;
    }
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    out.first = parse_u64(range.substr(0, dash));
    const auto last = parse_u64(range.substr(dash + 1));
    if (!out.first || !last || *last < *out.first || (out.total && *last >= *out.total)) {
        return std::nullopt;
    }
    out.last = *last;
    return out;
}

} // namespace ktstr::net
