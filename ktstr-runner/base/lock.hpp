// FileLock: flock(2) on a file that stays; released by the destructor and by the death of the
// process.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <filesystem>
#include <optional>

namespace ktstr {

class FileLock final {
public:
    enum class Mode { shared, exclusive };

    // Waits for the lock.
    static Result<FileLock> acquire(const std::filesystem::path& path, Mode mode);
    // Absent when another holds it.
    static Result<std::optional<FileLock>> try_acquire(const std::filesystem::path& path,
                                                       Mode mode);

    // The same on files that must be there already: absent, too, when they are not.
    static Result<std::optional<FileLock>> acquire_existing(const std::filesystem::path& path,
                                                            Mode mode);
    static Result<std::optional<FileLock>> try_acquire_existing(const std::filesystem::path& path,
                                                                Mode mode);

    // The path still names the file that is locked: nobody replaced or removed it before the lock
    // was had.
    bool is_still(const std::filesystem::path& path) const;

    // The program that this process becomes by exec(3), and what it starts, hold the lock too.
    Result<> leave_to_successors() const;

    int fd() const { return fd_.get(); }

private:
    explicit FileLock(Fd fd) : fd_(std::move(fd)) {}

    Fd fd_;
};

} // namespace ktstr
