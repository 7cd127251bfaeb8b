// A release of the kernel as kernel.org numbers it, and a series of releases.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::fetch {

// "6.14": the releases 6.14, 6.14.1, 6.14.2, ... and their candidates.
struct Series {
    unsigned major = 0;
    unsigned minor = 0;

    auto operator<=>(const Series&) const = default;

    std::string text() const;

    // Two numbers from 3.0 to 99.999; earlier kernels have three numbers before the patch.
    static Result<Series> parse(std::string_view text);
};

// "6.14.2", "6.14-rc3", or the first release of a series: written "6.14" by kernel.org, read also
// as "6.14.0", since a user who types "6.14" means the series.
struct Version {
    Series series;
    unsigned patch = 0;     // 0 when rc is not
    unsigned candidate = 0; // the 3 of "-rc3"; 0 for a release

    bool operator==(const Version&) const = default;
    // By store::compare_versions: a candidate comes before its release.
    std::strong_ordering operator<=>(const Version& other) const;

    // As kernel.org writes it in file names.
    std::string text() const;

    bool is_candidate() const { return candidate != 0; }

    static Result<Version> parse(std::string_view text);
};

// The `count` of `known` that are numerically nearest to `wanted`, nearest first.
std::vector<Version>
nearest_versions(const Version& wanted, std::span<const Version> known, std::size_t count = 3);

// "6.14.1, 6.14.2"
std::string list_versions(std::span<const Version> versions);

} // namespace ktstr::fetch
