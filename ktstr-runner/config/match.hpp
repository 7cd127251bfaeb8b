// Match: yes, no, or not to be told from what is known (three-valued logic after Kleene).
#pragma once

#include <algorithm>

namespace ktstr::config {

enum class Match { no, yes, unknown };

constexpr Match match_of(bool value) {
    return value ? Match::yes : Match::no;
}

constexpr Match negation(Match a) {
    return a == Match::unknown ? a : match_of(a == Match::no);
}

constexpr Match conjunction(Match a, Match b) {
    if (a == Match::no || b == Match::no) {
        return Match::no;
    }
    return std::max(a, b); // yes < unknown
}

constexpr Match disjunction(Match a, Match b) {
    return negation(conjunction(negation(a), negation(b)));
}

} // namespace ktstr::config
