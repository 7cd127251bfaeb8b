#include "ktstr-runner/config/glob.hpp"

#include "ktstr-runner/config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ktstr::config {

namespace {

using Elements = std::vector<Glob::Element>;

constexpr std::size_t max_alternatives = 4096;
constexpr std::size_t deepest = 32;
constexpr char32_t last_character = 0x10FFFF;

Error glob_error(std::string_view what) {
    return Error(ErrorKind::usage, fmt::format("invalid glob: {}", what));
}

Elements single(char32_t first, char32_t last) {
    return {{.ranges = {{first, last}}}};
}

// Every way to follow one of `heads` by one of `tails`.
Result<std::vector<Elements>> product(const std::vector<Elements>& heads,
                                      const std::vector<Elements>& tails) {
    if (heads.size() * tails.size() > max_alternatives) {
        return fail(glob_error(fmt::format("more than {} alternatives", max_alternatives)));
    }
    std::vector<Elements> out;
    for (const auto& head : heads) {
        for (const auto& tail : tails) {
            auto& joined = out.emplace_back(head);
            std::ranges::copy(tail, std::back_inserter(joined));
        }
    }
    return out;
}

class GlobParser final {
public:
    explicit GlobParser(std::u32string_view text) : text_(text) {}

    Result<std::vector<Elements>> whole() {
        TRY_ASSIGN(auto out, sequence(0));
        if (at_ < text_.size()) {
            return fail(glob_error("`}` without `{`"));
        }
        return out;
    }

private:
    bool at_end() const { return at_ == text_.size(); }

    bool has(std::u32string_view word) const { return text_.substr(at_).starts_with(word); }

    // Up to the end of the text or, inside braces, to the `,` or `}` that ends the alternative.
    Result<std::vector<Elements>> sequence(std::size_t depth) {
        std::vector<Elements> out{{}};
        while (!at_end() && text_[at_] != U'}' && (depth == 0 || text_[at_] != U',')) {
            TRY_ASSIGN(const auto next, element(depth));
            TRY_ASSIGN(out, product(out, next));
        }
        return out;
    }

    Result<std::vector<Elements>> element(std::size_t depth) {
        if (auto component = whole_component(); !component.empty()) {
            return component;
        }
        const char32_t c = text_[at_++];
        switch (c) {
        case U'*':
            return std::vector<Elements>{{{.star = true}}};
        case U'?':
            return std::vector<Elements>{single(0, last_character)};
        case U'[':
            return character_class();
        case U'{':
            return braces(depth + 1);
        default:
            return std::vector<Elements>{single(c, c)};
        }
    }

    // `**/` in front, `/**/` between and `/**` behind stand for any number of components.
    std::vector<Elements> whole_component() {
        const auto slash = single(U'/', U'/');
        const Elements star{{.star = true}};
        const auto behind_star = Elements{star[0], slash[0]};
        if (at_ == 0 && has(U"**/")) {
            at_ += 3;
            return {{}, behind_star};
        }
        if (has(U"/**/")) {
            at_ += 4;
            return {
                slash, {slash[0], star[0], slash[0]}
            };
        }
        if (has(U"/**") && at_ + 3 == text_.size()) {
            at_ += 3;
            return {
                {slash[0], star[0]}
            };
        }
        return {};
    }

    Result<std::vector<Elements>> braces(std::size_t depth) {
        if (depth > deepest) {
            return fail(glob_error("braces nested too deeply"));
        }
        std::vector<Elements> out;
        for (;;) {
            TRY_ASSIGN(auto alternative, sequence(depth));
            std::ranges::move(alternative, std::back_inserter(out));
            if (at_end()) {
                return fail(glob_error("`{` without `}`"));
            }
            if (text_[at_++] == U'}') {
                return out;
            }
        }
    }

    Result<std::vector<Elements>> character_class() {
        Glob::Element out;
        if (has(U"!") || has(U"^")) {
            out.negated = true;
            ++at_;
        }
        for (bool first = true;; first = false) {
            if (at_end()) {
                return fail(glob_error("`[` without `]`"));
            }
            const char32_t low = text_[at_++];
            if (low == U']' && !first) {
                return std::vector<Elements>{{out}};
            }
            char32_t high = low;
            if (has(U"-") && at_ + 1 < text_.size() && text_[at_ + 1] != U']') {
                high = text_[at_ + 1];
                at_ += 2;
            }
            if (high < low) {
                return fail(glob_error("a range that runs backwards"));
            }
            out.ranges.emplace_back(low, high);
        }
    }

    std::u32string_view text_;
    std::size_t at_ = 0;
};

bool accepts(const Glob::Element& element, char32_t c) {
    const bool inside = std::ranges::any_of(
        element.ranges, [&](const auto& range) { return range.first <= c && c <= range.second; });
    return inside != element.negated;
}

// The usual walk with one point to return to: the last star and what it has swallowed.
bool matches_one(const Elements& pattern, std::u32string_view name) {
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t star = pattern.size();
    std::size_t swallowed = 0;
    while (in < name.size()) {
        if (at < pattern.size() && pattern[at].star) {
            star = at++;
            swallowed = in;
        } else if (at < pattern.size() && accepts(pattern[at], name[in])) {
            ++at;
            ++in;
        } else if (star < pattern.size()) {
            at = star + 1;
            in = ++swallowed;
        } else {
            return false;
        }
    }
    return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(at),
                       pattern.end(),
                       [](const auto& element) { return element.star; });
}

} // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
    const auto text = decode_utf8(pattern);
    TRY_ASSIGN(auto alternatives, GlobParser(text).whole());
    return Glob(std::move(alternatives));
}

bool Glob::matches(std::string_view name) const {
    const auto text = decode_utf8(name);
    return std::ranges::any_of(alternatives_,
                               [&](const auto& pattern) { return matches_one(pattern, text); });
}

} // namespace ktstr::config
