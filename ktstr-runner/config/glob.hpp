// Glob: a shell pattern over a name, with globset's meaning as nextest sets it up: `*` `?` `[a-z]`
// `[!a]` `{a,b}` (also empty alternatives), `**` as a whole path component, `*` and `?` also match
// `/`, and a backslash is itself.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktstr::config {

class Glob final {
public:
    static Result<Glob> parse(std::string_view pattern);

    bool matches(std::string_view name) const;

    // One element of a pattern: any run of characters, or one character out of (or not out of) some
    // ranges.
    struct Element {
        bool star = false;
        bool negated = false;
        std::vector<std::pair<char32_t, char32_t>> ranges;
    };

private:
    explicit Glob(std::vector<std::vector<Element>> alternatives)
        : alternatives_(std::move(alternatives)) {}

    std::vector<std::vector<Element>> alternatives_; // braces multiplied out
};

} // namespace ktstr::config
