#include "cargo-ktstr/stats/in_turn.hpp"

#include <algorithm>

namespace ktstr::stats {

std::vector<AttemptPair> in_turn(std::span<const Attempt* const> a,
                                 std::span<const Attempt* const> b) {
    std::vector<std::pair<const Attempt*, bool>> all;
    for (const auto* const attempt : a) {
        all.emplace_back(attempt, false);
    }
    for (const auto* const attempt : b) {
        all.emplace_back(attempt, true);
    }
    const bool known =
        std::ranges::all_of(all, [](const auto& one) { return one.first->started_at_ns > 0; });
    if (a.size() != b.size() || a.size() < 2 || !known) {
        return {};
    }
    std::ranges::stable_sort(all, {}, [](const auto& one) { return one.first->started_at_ns; });
    std::vector<AttemptPair> out;
    for (std::size_t i = 0; i < all.size(); i += 2) {
        const auto& [first, first_of_b] = all[i];
        const auto& [second, second_of_b] = all[i + 1];
        if (first_of_b == second_of_b) {
            return {};
        }
        out.emplace_back(first_of_b ? second : first, first_of_b ? first : second);
    }
    return out;
}

} // namespace ktstr::stats
