// Which release is meant, decided from lists of releases alone: nothing here knows where a list is
// from.
#pragma once

#include "cargo-ktstr/fetch/releases.hpp"

#include <optional>
#include <span>
#include <vector>

namespace ktstr::fetch {

// Fewer patches than this, and a series is still being settled.
inline constexpr unsigned settled_patch = 8;

// The newest stable or longterm release that is looked after and has at least settled_patch
// patches.
Result<Version> newest_settled(std::span<const Release> releases);

// The newest release of a series; absent when there is none. Candidates do not count.
std::optional<Version> newest_of(Series series, std::span<const Version> known);

std::vector<Version> versions_of(std::span<const Release> releases);

// The error for a series without a release in `known`; names a candidate of it, else what is near.
Error no_such_series(Series series, std::span<const Version> known);

// The error for a version that is not in `known`; names the nearest.
Error no_such_version(const Version& version, std::span<const Version> known);

struct Range {
    std::vector<Version> chosen; // the newest release of each series, oldest series first
    std::vector<Series> missing; // series of the range without one
};

// Both ends included. Which series lie between 5.18 and 6.2 follows from `known`: a major number
// ends with the last of its series there. Errors, of kind usage: the first is after the last; no
// series of the range has a release.
Result<Range> newest_in(Series first, Series last, std::span<const Version> known);

} // namespace ktstr::fetch
