// Coverage profiles of a guest: from LLVM_PROFILE_FILE to the files to bring back, and to their
// names on the host. Fresh guests give the same early pids to different tests, so the guest's own
// file names would collide on the host. Reference: Clang documentation, "Source-based Code
// Coverage", the pattern strings of LLVM_PROFILE_FILE.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::session::profraw {

// Where the profiles of one program lie, there and here.
struct Location {
    std::string guest_pattern;    // for wire::Job::bring_back: a glob(7) pattern, absolute
    std::filesystem::path folder; // on the host: the literal part of the value's directory
    std::string stem;             // of host names: the literal part of the value's file name
};

// `value` is LLVM_PROFILE_FILE, `cwd` the program's directory, `tmpdir` its TMPDIR (for %t). Absent
// when the value is empty: then the program is not asked for a profile.
std::optional<Location>
locate(std::string_view value, const std::filesystem::path& cwd, std::string_view tmpdir);

// <folder>/<stem>-<hash of the attempt's id>-<number>.profraw: in the folder itself, where
// cargo-llvm-cov looks, and never the name of another attempt's file. `number` counts the files
// that come back from one attempt.
std::filesystem::path
host_path(const Location& location, std::string_view attempt_id, std::uint64_t number);

} // namespace ktstr::session::profraw
