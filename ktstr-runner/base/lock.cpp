#include "ktstr-runner/base/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace ktstr {

namespace {

int operation(FileLock::Mode mode) {
    return mode == FileLock::Mode::shared ? LOCK_SH : LOCK_EX;
}

} // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& path, Mode mode) {
    TRY_ASSIGN(auto fd, open_file(path, O_RDWR | O_CREAT));
    while (::flock(fd.get(), operation(mode)) != 0) {
        if (errno != EINTR) {
            return fail(Error::from_errno("lock " + path.string()));
        }
    }
    return FileLock(std::move(fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::filesystem::path& path,
                                                      Mode mode) {
    TRY_ASSIGN(auto fd, open_file(path, O_RDWR | O_CREAT));
    if (::flock(fd.get(), operation(mode) | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return std::optional<FileLock>{};
        }
        return fail(Error::from_errno("lock " + path.string()));
    }
    return std::optional<FileLock>(FileLock(std::move(fd)));
}

} // namespace ktstr
