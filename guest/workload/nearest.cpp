#include "guest/workload/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ktstr::workload {

namespace {

// Levenshtein's distance, one row at a time.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t line = 0; line < from.size(); ++line) {
        auto diagonal = row[0]++;
        for (std::size_t column = 0; column < to.size(); ++column) {
            const auto replaced = diagonal + (from[line] == to[column] ? 0 : 1);
            diagonal = row[column + 1];
            row[column + 1] = std::min({replaced, row[column] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
    constexpr std::size_t longest = 64; // of a name that is worth the search
    std::string_view best;
    std::size_t least = longest;
    for (const auto candidate : known.first(name.size() > longest ? 0 : known.size())) {
        const auto edits = distance(name, candidate);
        if (edits < least && edits * 3 <= std::max(name.size(), candidate.size())) {
            least = edits;
            best = candidate;
        }
    }
    return best;
}

} // namespace ktstr::workload
