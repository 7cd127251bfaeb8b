#include "ktstr-runner/store/version.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace ktstr::store {

namespace {

bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Takes the digits (or the text up to the next digit) off the front.
template <bool Digits> std::string_view take(std::string_view& rest) {
    const auto end = std::ranges::find_if(rest, [](char c) { return is_digit(c) != Digits; });
    const auto run = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(run.size());
    return run;
}

std::string_view without_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
    a = without_zeros(a);
    b = without_zeros(b);
    return a.size() != b.size() ? a.size() <=> b.size() : a.compare(b) <=> 0;
}

// What comes before the end of a version: a release candidate, and Debian's tilde.
int rank(std::string_view text) {
    return text.starts_with("-rc") || text.starts_with("~") ? -1 : text.empty() ? 0 : 1;
}

// "6.15.0-rc3-x" as "6.15-rc3-x": a release candidate has no patch number where kernel.org names
// it, and 0 where the kernel does (`make kernelrelease`).
std::string as_published(std::string_view version) {
    const auto at = version.find(".0-rc");
    const auto series = version.substr(0, at);
    const bool has_patch = at != std::string_view::npos && series.find('.') != std::string::npos;
    return has_patch ? std::string(series) + std::string(version.substr(at + 2))
                     : std::string(version);
}

} // namespace

std::strong_ordering compare_versions(std::string_view one, std::string_view other) {
    const auto published_a = as_published(one);
    const auto published_b = as_published(other);
    std::string_view a(published_a);
    std::string_view b(published_b);
    while (!a.empty() || !b.empty()) {
        const auto text_a = take<false>(a);
        const auto text_b = take<false>(b);
        if (const auto by_rank = rank(text_a) <=> rank(text_b); by_rank != 0) {
            return by_rank;
        }
        if (const auto by_text = text_a.compare(text_b) <=> 0; by_text != 0) {
            return by_text;
        }
        if (const auto by_number = compare_numbers(take<true>(a), take<true>(b)); by_number != 0) {
            return by_number;
        }
    }
    return std::strong_ordering::equal;
}

bool is_version_prefix(std::string_view begin, std::string_view whole) {
    const auto prefix = as_published(begin);
    const auto version = as_published(whole);
    return !prefix.empty() && version.starts_with(prefix) &&
           (version.size() == prefix.size() || !is_digit(version[prefix.size()]) ||
            !is_digit(prefix.back()));
}

} // namespace ktstr::store
