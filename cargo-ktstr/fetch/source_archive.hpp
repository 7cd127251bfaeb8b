// A tarball of kernel sources, unpacked in a stream: one thread reads, digests and decompresses,
// the other writes files. Everything in the archive is hostile until its digest is known to be the
// right one, and nothing is under its final name before.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ktstr::fetch {

struct ArchiveLimits {
    std::uint64_t bytes = std::uint64_t{8} << 30; // of all files; Linux 7.0 has 1.6 GB
    std::uint64_t entries = 300'000;              // Linux 7.0 has 98 000
};

struct Unpacking {
    std::filesystem::path archive;     // tar, compressed by xz, gzip or zstd, or not
    std::optional<std::string> sha256; // of the archive as it is, in lower case
    std::filesystem::path into;        // must not exist; its directory must
    ArchiveLimits limits = {};
    // Bytes of the archive that were read so far; called now and then, by the caller's thread.
    std::function<void(std::uint64_t)> on_progress = {};
};

struct Unpacked {
    std::uint64_t files = 0; // and links
    std::uint64_t bytes = 0;
    std::string sha256; // of the archive
};

// The archive's one top directory becomes `into`, which appears whole (its data may still be on
// their way to the disk) or not at all. What is written meanwhile is in `into`.tmp-XXXXXX, which
// only a killed process leaves behind. Files keep the time they
// have in the archive, and of their mode only who may execute them.
// Errors, of kind environment: not a tarball or a broken one; more than one top directory; another
// digest; names, links or sizes that no kernel's sources have; a full disk.
Result<Unpacked> unpack_source(const Unpacking& wanted);

} // namespace ktstr::fetch
