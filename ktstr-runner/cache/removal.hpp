// Taking a thing out of a cache without pulling it from under its users. A user holds a shared lock
// on the thing's marker, a file that each thing has, and sets the marker's time of change: that is
// the time of the last use.
#pragma once

#include "ktstr-runner/base/lock.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::cache {

// A cache that cannot be written to forgets the order of use, no more.
void mark_used(const std::filesystem::path& marker);

// UTC seconds; 0 without a marker.
std::int64_t used_at(const std::filesystem::path& marker);

// What a file or a directory with all below it takes; links are not followed.
std::uint64_t bytes_on_disk(const std::filesystem::path& path);

// A user's lock; absent when there is no such thing, or one that was just taken away. A remover, or
// who only looks whether it is used, is waited for.
Result<std::optional<FileLock>> use(const std::filesystem::path& marker);

enum class Removal { removed, in_use, failed };

// `marker` need not exist: such a thing is damaged, and has no users.
Removal remove_unused(const std::filesystem::path& root,
                      const std::filesystem::path& thing,
                      const std::filesystem::path& marker);

// Somebody holds the lock.
bool is_used(const std::filesystem::path& marker);

// Out of the way under a name that no reader looks at, then away: a reader sees all of a thing or
// none of it, and what a killed remover leaves, sweep() takes. False when it stays.
bool remove_aside(const std::filesystem::path& root, const std::filesystem::path& thing);

// The files in .locks of keys that have neither a thing nor a maker.
void remove_old_locks(const std::filesystem::path& root);

// The names in a directory, hidden ones too; none when it cannot be read.
std::vector<std::string> names_in(const std::filesystem::path& directory);

} // namespace ktstr::cache
