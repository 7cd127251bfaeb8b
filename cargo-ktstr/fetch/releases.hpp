// What https://www.kernel.org/releases.json says: the newest release of every series that is still
// looked after.
#pragma once

#include "cargo-ktstr/fetch/version.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ktstr::fetch {

struct Release {
    std::string moniker; // "mainline", "stable", "longterm"
    Version version;
    bool end_of_life = false; // listed for the last time
    std::string source;       // URL of its tarball; may be empty
    std::string released;     // "2026-09-24"; may be empty
};

// The longest text that is looked at. kernel.org's has about 10 KiB.
inline constexpr std::size_t most_releases_bytes = std::size_t{1} << 20;

// Rows whose version is no kernel's (linux-next) are left out. Errors, of kind environment: not
// JSON, which a page in HTML is too; no list of releases; more rows than could be.
Result<std::vector<Release>> parse_releases(std::string_view json);

} // namespace ktstr::fetch
