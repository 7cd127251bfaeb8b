// The right to make one key of a cache. Who has to wait is told for whom.
#pragma once

#include "ktstr-runner/base/lock.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::cache {

// Who holds a lock, as the holder wrote it into the lock's file.
struct Holder {
    std::int64_t pid = 0;
    std::string host;       // its node name: with a cache on NFS, pids are of several machines
    std::int64_t since = 0; // UTC seconds
    std::string command;    // "ktstr-kernel build 6.14", shortened
};

// Absent when nobody, or a program that writes no such line, has held it.
std::optional<Holder> read_holder(const std::filesystem::path& lock);

// "pid 4711 (`ktstr-kernel build 6.14`), since 3 min"; the host is named when it is not this one.
std::string describe(const Holder& holder);

class MakerLock final {
public:
    // Waits for the lock; before it does, says on stderr that another makes `what`.
    static Result<MakerLock> acquire(const std::filesystem::path& path, const std::string& what);

    MakerLock(MakerLock&& other) noexcept = default;
    MakerLock& operator=(MakerLock&&) = delete;
    ~MakerLock(); // takes its line out of the file

private:
    explicit MakerLock(FileLock lock) : lock_(std::move(lock)) {}

    FileLock lock_;
};

} // namespace ktstr::cache
