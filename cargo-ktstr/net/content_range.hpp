// Content-Range, by which a server says which part of a file it sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ktstr::net {

struct ContentRange {
    std::optional<std::uint64_t> first; // absent in an answer 416
    std::uint64_t last = 0;
    std::optional<std::uint64_t> total; // absent: the server does not know

    bool operator==(const ContentRange&) const = default;
};

// "bytes 0-9/100", "bytes 0-9/*", "bytes */100" (RFC 9110, 14.4); absent for anything else, ranges
// that end before they begin or beyond the total among them.
std::optional<ContentRange> parse_content_range(std::string_view value);

} // namespace ktstr::net
