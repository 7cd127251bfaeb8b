// What is to become a thing of a cache: a directory that its maker fills under a name that no
// reader looks at, and that gets its own name when it is whole.
#pragma once

#include "ktstr-runner/base/lock.hpp"

#include <filesystem>

namespace ktstr::cache {

class Draft final {
public:
    // Below `root`, which must be there. What dead makers left is swept first.
    static Result<Draft> begin(const std::filesystem::path& root);

    Draft(Draft&& other) noexcept;
    Draft& operator=(Draft&&) = delete;
    ~Draft(); // without publish(): nothing is left

    const std::filesystem::path& directory() const { return directory_; }

    // One rename, and the directory above is on the disk. `place` is beside the draft, and free.
    Result<> publish(const std::filesystem::path& place);

private:
    Draft(std::filesystem::path directory, FileLock lock)
        : directory_(std::move(directory)), lock_(std::move(lock)) {}

    void release();

    std::filesystem::path directory_; // empty once published or moved from
    FileLock lock_;                   // says to others that the maker lives
};

// Removes what dead makers and dead removers left below `root`.
void sweep(const std::filesystem::path& root);

// The leftovers that sweep() would remove.
std::vector<std::filesystem::path> leftovers(const std::filesystem::path& root);

} // namespace ktstr::cache
