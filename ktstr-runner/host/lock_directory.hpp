// The directory of this host's leases. All runners of one user must agree on it, and no other host
// may see it: its locks stand for CPUs of this one.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::host {

// What decides where it is; other values in tests.
struct LockPlaces {
    std::optional<std::string> wanted;  // $KTSTR_LOCK_DIR
    std::optional<std::string> runtime; // $XDG_RUNTIME_DIR
    std::filesystem::path temporary = "/tmp";
    uid_t user;

    static LockPlaces of_this_process();
};

// $KTSTR_LOCK_DIR; else ktstr in $XDG_RUNTIME_DIR, where that is this user's (sudo leaves another's
// behind); else /tmp/ktstr-UID.
std::filesystem::path lock_directory(const LockPlaces& places);

// Makes it, for this user alone (mode 0700). Refuses one that belongs to somebody else, to which
// others may write, or that is on a file system whose locks other hosts share.
Result<> make_lock_directory(const std::filesystem::path& path, uid_t user);

// Whether locks on that file system (base/file_system.hpp) may be another host's too.
bool is_shared_between_hosts(std::string_view file_system);

} // namespace ktstr::host
