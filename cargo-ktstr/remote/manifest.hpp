// The first member of an entry's archive: what the others are. Schema 1:
//   {"schema": 1, "files": [{"name", "size", "sha256"}, ...]}
// Readers ignore members they do not know; another schema number is an error. It tells damage from
// the entry that was packed; who may write to the cache may write another manifest too.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ktstr::remote {

inline constexpr std::string_view manifest_name = "ktstr-manifest.json";

struct ManifestFile {
    std::uint64_t size = 0; // bytes
    std::string sha256;     // lower-case hex
};

// By name relative to the entry.
using Manifest = std::map<std::string, ManifestFile>;

// Bounds on what an archive may hold.
struct ArchiveLimits {
    std::uint64_t bytes = std::uint64_t{8} << 30; // of all files, unpacked
    std::uint64_t files = 100'000;                // folders count too
    std::uint64_t manifest = 32 << 20;            // bytes of its text
};

std::string manifest_text(const Manifest& manifest);

// An error for names that leave the entry or come twice, and for more than the limits.
Result<Manifest> parse_manifest(std::string_view text, const ArchiveLimits& limits = {});

// "image", "modules/6.12/x.ko": below the entry, written in the one way that a name can be.
bool is_member_name(std::string_view name);

} // namespace ktstr::remote
