// An entry's directory as one file: a POSIX tar, compressed by zstd, whose first member is the
// manifest. It is written and read in a stream.
#pragma once

#include "cargo-ktstr/remote/manifest.hpp"
#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>

namespace ktstr::remote {

struct Packed {
    std::uint64_t bytes = 0;    // of the archive
    std::uint64_t unpacked = 0; // of the files in it
};

// Writes all regular files below `directory` to the open file, which is empty at first. One entry
// gives one archive: times and owners are left out. Anything but files and folders is an error.
Result<Packed> pack_entry(const std::filesystem::path& directory, int file);

// Makes the files in `directory`, which exists and is empty. The archive is hostile: names that
// leave the directory, links, devices, files that are not of the manifest or not as it says, and
// more than the limits are errors, and after any error the directory is empty again.
Result<>
unpack_entry(int file, const std::filesystem::path& directory, const ArchiveLimits& limits = {});

} // namespace ktstr::remote
