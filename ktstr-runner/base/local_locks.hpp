// NFS mounts whose locks are kept to this host: the server is not asked, and no other host sees
// them (nfs(5): nolock, local_lock).
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr {

// An error (environment) when flock(2) below `directory`, which exists, is known to be such a lock.
// Version 4 always asks the server, whatever it was mounted with, and what /proc/self/mountinfo
// does not tell is taken for good.
Result<> refuse_local_locks(const std::filesystem::path& directory);

// "nolock", "local_lock=flock", "local_lock=all": the option that keeps the locks of the mount of
// that number to this host, in the text of /proc/self/mountinfo (proc(5)). Absent when nothing
// says so.
std::optional<std::string> local_lock_option(std::string_view mountinfo, std::uint64_t mount);

} // namespace ktstr
