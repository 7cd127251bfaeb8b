#include "ktstr-runner/store/version.hpp"

#include <algorithm>
#include <cctype>

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

} // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
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

bool is_version_prefix(std::string_view prefix, std::string_view version) {
    return !prefix.empty() && version.starts_with(prefix) &&
           (version.size() == prefix.size() || !is_digit(version[prefix.size()]) ||
            !is_digit(prefix.back()));
}

} // namespace ktstr::store
