#include "ktstr-runner/base/lock.hpp"

#include "ktstr-runner/base/file_system.hpp"
#include "ktstr-runner/base/look_again.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace ktstr {

namespace {

int operation(FileLock::Mode mode) {
    return mode == FileLock::Mode::shared ? LOCK_SH : LOCK_EX;
}

// A file system that cannot lock is the only one that is refused, whatever its name: some FUSE, 9p
// and SMB mounts can, and so can NFS, where Linux makes byte-range locks of it.
Error cannot_lock(const std::filesystem::path& path) {
    const int code = errno;
    auto error = Error::from_errno("lock " + path.string());
    if (code == ENOLCK || code == EOPNOTSUPP || code == ENOSYS) {
        return std::move(error).context("files cannot be locked on the file system " +
                                        file_system_of(path));
    }
    return error;
}

enum class Outcome {
    had,
    taken, // by another, and waiting was not wanted
    gone,  // another host removed the file since it was opened; NFS says so
};

Result<Outcome> lock(int fd, int how, const std::filesystem::path& path) {
    while (::flock(fd, how) != 0) {
        if (errno == EWOULDBLOCK) {
            return Outcome::taken;
        }
        if (errno == ESTALE) {
            return Outcome::gone;
        }
        if (errno != EINTR) {
            return fail(cannot_lock(path));
        }
    }
    return Outcome::had;
}

// Absent when another holds it. A file that is gone is made anew, but not for ever.
Result<std::optional<Fd>> lock_or_make(const std::filesystem::path& path, int how) {
    for (int left = 10; left > 0; --left) {
        TRY_ASSIGN(auto fd, open_file(path, O_RDWR | O_CREAT));
        TRY_ASSIGN(const auto outcome, lock(fd.get(), how, path));
        if (outcome != Outcome::gone) {
            return outcome == Outcome::had ? std::optional(std::move(fd)) : std::nullopt;
        }
    }
    errno = ESTALE;
    return fail(Error::from_errno("lock " + path.string()));
}

// Empty when there is no such file. flock(2) asks for no right to write, but NFS does for an
// exclusive lock, being a byte-range lock there.
Result<Fd> open_existing(const std::filesystem::path& path, FileLock::Mode mode) {
    Fd fd;
    if (mode == FileLock::Mode::exclusive) {
        fd = Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    }
    if (!fd) {
        fd = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    }
    if (!fd && errno != ENOENT && errno != ENOTDIR) {
        return fail(Error::from_errno("open " + path.string()));
    }
    return fd;
}

// Absent when there is no such file, or another holds it.
Result<std::optional<Fd>>
lock_existing(const std::filesystem::path& path, FileLock::Mode mode, int more) {
    TRY_ASSIGN(auto fd, open_existing(path, mode));
    if (!fd) {
        return std::optional<Fd>{};
    }
    TRY_ASSIGN(const auto outcome, lock(fd.get(), operation(mode) | more, path));
    return outcome == Outcome::had ? std::optional(std::move(fd)) : std::nullopt;
}

} // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& path, Mode mode) {
    TRY_ASSIGN(auto fd, lock_or_make(path, operation(mode)));
    return FileLock(std::move(*fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::filesystem::path& path,
                                                      Mode mode) {
    TRY_ASSIGN(auto fd, lock_or_make(path, operation(mode) | LOCK_NB));
    return fd ? std::optional(FileLock(std::move(*fd))) : std::nullopt;
}

Result<std::optional<FileLock>> FileLock::acquire_existing(const std::filesystem::path& path,
                                                           Mode mode) {
    TRY_ASSIGN(auto fd, lock_existing(path, mode, 0));
    return fd ? std::optional(FileLock(std::move(*fd))) : std::nullopt;
}

Result<std::optional<FileLock>> FileLock::try_acquire_existing(const std::filesystem::path& path,
                                                               Mode mode) {
    TRY_ASSIGN(auto fd, lock_existing(path, mode, LOCK_NB));
    return fd ? std::optional(FileLock(std::move(*fd))) : std::nullopt;
}

Result<> FileLock::leave_to_successors() const {
    if (::fcntl(fd_.get(), F_SETFD, 0) != 0) {
        return fail(Error::from_errno("leave a lock to another program"));
    }
    return {};
}

bool FileLock::is_still(const std::filesystem::path& path) const {
    look_again(path.parent_path());
    struct stat held{};
    struct stat named{};
    return ::fstat(fd_.get(), &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

} // namespace ktstr
