#include "ktstr-runner/config/name_matcher.hpp"

#include "ktstr-runner/config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace ktstr::config {

namespace {

// std::regex walks by recursion; a longer name would eat the stack.
constexpr std::size_t max_regex_subject = 4096;

// What differs between the two dialects, found at a place outside a character class.
struct Foreign {
    std::string_view start;
    std::string_view name;
};

constexpr std::array foreign_groups{
    Foreign{"(?P<", "named groups"                         },
    Foreign{"(?<",  "named groups and look-behind"         },
    Foreign{"(?=",  "look-ahead, which nextest refuses too"},
    Foreign{"(?!",  "look-ahead, which nextest refuses too"},
};

constexpr std::string_view shared_escapes = "dDwWsSbBnrtfv.*+?()[]{}|^$\\/-";

std::optional<std::string> foreign_escape(char c) {
    if (shared_escapes.find(c) != std::string_view::npos) {
        return std::nullopt;
    }
    return c >= '0' && c <= '9' ? std::string("back references, which nextest refuses too")
                                : fmt::format("the escape `\\{}`", c);
}

// Looks at the character at `at` of a class: set operations, nested classes and POSIX names are
// Rust's own.
std::optional<std::string> foreign_in_class(std::string_view rest) {
    for (const std::string_view operation : {"&&", "--", "~~"}) {
        if (rest.starts_with(operation)) {
            return fmt::format("`{}` between character classes", operation);
        }
    }
    if (rest.starts_with('[')) {
        return rest.starts_with("[:") ? std::nullopt
                                      : std::optional<std::string>("a class inside a class");
    }
    return std::nullopt;
}

std::optional<std::string> foreign_outside(std::string_view rest) {
    for (const auto& group : foreign_groups) {
        if (rest.starts_with(group.start)) {
            return std::string(group.name);
        }
    }
    if (rest.starts_with("(?") && !rest.starts_with("(?:")) {
        return "flags such as `(?i)`";
    }
    return std::nullopt;
}

// The first construct of `pattern` that the two dialects do not share.
std::optional<std::string> foreign_construct(std::string_view pattern) {
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const auto rest = pattern.substr(i);
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            if (auto found = foreign_escape(pattern[++i])) {
                return found;
            }
            continue;
        }
        if (!in_class) {
            if (auto found = foreign_outside(rest)) {
                return found;
            }
            if (pattern[i] == '[') {
                in_class = true;
                i += rest.starts_with("[^") ? 1U : 0U;
                // A bracket right here is an ordinary letter in Rust and the end of an empty class
                // in ECMAScript.
                if (pattern.substr(i + 1).starts_with(']')) {
                    return "a character class that begins with `]`";
                }
            }
            continue;
        }
        if (auto found = foreign_in_class(rest)) {
            return found;
        }
        if (rest.starts_with("[:")) {
            const auto end = rest.find(":]");
            i += end == std::string_view::npos ? 0 : end + 1;
        } else if (pattern[i] == ']') {
            in_class = false;
        }
    }
    return std::nullopt;
}

std::wstring widen(std::string_view text) {
    const auto wide = decode_utf8(text);
    return {wide.begin(), wide.end()};
}

} // namespace

Result<NameMatcher> NameMatcher::make(MatcherKind kind, std::string text) {
    switch (kind) {
    case MatcherKind::equal:
        return NameMatcher(Equal{std::move(text)});
    case MatcherKind::contains:
        return NameMatcher(Contains{std::move(text)});
    case MatcherKind::glob:
        break;
    }
    TRY_ASSIGN(auto glob, Glob::parse(text));
    return NameMatcher(std::move(glob));
}

Result<NameMatcher> NameMatcher::regex(const std::string& pattern) {
    if (const auto found = foreign_construct(pattern)) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("unsupported in a regular expression here: {}", *found))
                .hint(
                    "write it with other means of the filter language, such as =, ~, # and `or`"));
    }
    try {
        // Wide, so that `.` is a character and not a byte.
        return NameMatcher(std::wregex(widen(pattern), std::regex::ECMAScript));
    } catch (const std::regex_error& error) {
        return fail(ErrorKind::usage, fmt::format("invalid regular expression: {}", error.what()));
    }
}

Match NameMatcher::matches(std::string_view name) const {
    if (const auto* equal = std::get_if<Equal>(&how_)) {
        return match_of(name == equal->text);
    }
    if (const auto* contains = std::get_if<Contains>(&how_)) {
        return match_of(name.find(contains->text) != std::string_view::npos);
    }
    if (const auto* glob = std::get_if<Glob>(&how_)) {
        return match_of(glob->matches(name));
    }
    if (name.size() > max_regex_subject) {
        return Match::unknown;
    }
    try {
        return match_of(std::regex_search(widen(name), std::get<std::wregex>(how_)));
    } catch (const std::regex_error&) {
        return Match::unknown; // error_complexity or error_stack
    }
}

} // namespace ktstr::config
