// NameMatcher: what stands between the parentheses of a predicate: =equal, ~contains, #glob or
// /regex/.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/glob.hpp"
#include "ktstr-runner/config/match.hpp"

#include <regex>
#include <string>
#include <string_view>
#include <variant>

namespace ktstr::config {

enum class MatcherKind { equal, contains, glob };

class NameMatcher final {
public:
    static Result<NameMatcher> make(MatcherKind kind, std::string text);

    // nextest's regular expressions are those of Rust's regex crate. What std::regex reads in
    // another way, or does not know, is refused by name rather than matched wrongly.
    static Result<NameMatcher> regex(const std::string& pattern);

    // `unknown` when the name is too long, or the pattern too costly, for std::regex.
    Match matches(std::string_view name) const;

private:
    struct Equal {
        std::string text;
    };

    struct Contains {
        std::string text;
    };

    using How = std::variant<Equal, Contains, Glob, std::wregex>;

    explicit NameMatcher(How how) : how_(std::move(how)) {}

    How how_;
};

} // namespace ktstr::config
