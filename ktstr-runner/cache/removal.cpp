#include "ktstr-runner/cache/removal.hpp"

#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/remove_tree.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

namespace ktstr::cache {

namespace fs = std::filesystem;

namespace {

// Out of the way, under a name that no reader looks at: its path; absent when it stays.
std::optional<fs::path> put_aside(const fs::path& root, const fs::path& thing) {
    static std::atomic<unsigned> serial = 0;
    auto aside = root / fmt::format("{}-{}-{}", gone_prefix, ::getpid(), serial++);
    remove_tree(aside); // of a dead process with our number
    std::error_code error;
    fs::rename(thing, aside, error);
    return error ? std::nullopt : std::optional(std::move(aside));
}

} // namespace

void mark_used(const fs::path& marker) {
    static_cast<void>(::utimensat(AT_FDCWD, marker.c_str(), nullptr, 0));
}

std::int64_t used_at(const fs::path& marker) {
    struct stat info{};
    return ::stat(marker.c_str(), &info) == 0 ? info.st_mtim.tv_sec : 0;
}

std::uint64_t bytes_on_disk(const fs::path& path) {
    const auto own = [](const fs::path& file) {
        struct stat info{};
        return ::lstat(file.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_blocks) * 512
                                                 : 0;
    };
    auto bytes = own(path);
    std::error_code error;
    for (fs::recursive_directory_iterator at(path, error);
         !error && at != fs::recursive_directory_iterator();
         at.increment(error)) {
        bytes += own(at->path());
    }
    return bytes;
}

Result<std::optional<FileLock>> use(const fs::path& marker) {
    TRY_ASSIGN(auto lock, FileLock::acquire_existing(marker, FileLock::Mode::shared));
    if (lock && !lock->is_still(marker)) {
        lock.reset();
    }
    return lock;
}

bool is_used(const fs::path& marker) {
    std::error_code ignored;
    const auto lock = FileLock::try_acquire_existing(marker, FileLock::Mode::exclusive);
    return (!lock || !*lock) && fs::exists(marker, ignored);
}

Removal remove_unused(const fs::path& root, const fs::path& thing, const fs::path& marker) {
    std::optional<FileLock> alone;
    std::error_code error;
    if (fs::exists(marker, error)) {
        auto lock = FileLock::try_acquire_existing(marker, FileLock::Mode::exclusive);
        if (!lock) {
            return Removal::failed; // it may not be written to, which NFS asks of an exclusive lock
        }
        if (!*lock || !(*lock)->is_still(marker)) {
            return Removal::in_use; // or just taken away by another
        }
        alone = std::move(*lock);
    }
    const auto aside = put_aside(root, thing);
    // A file that we still hold would stay on NFS, and who gets its lock now sees that it has gone.
    alone.reset();
    if (aside) {
        remove_tree(*aside);
    }
    return aside ? Removal::removed : Removal::failed;
}

bool remove_aside(const fs::path& root, const fs::path& thing) {
    const auto aside = put_aside(root, thing);
    if (aside) {
        remove_tree(*aside);
    }
    return aside.has_value();
}

void remove_old_locks(const fs::path& root) {
    std::error_code ignored;
    for (const auto& name : names_in(root / locks_name)) {
        if (!is_plain_name(name) || fs::exists(root / name, ignored)) {
            continue;
        }
        const auto path = root / locks_name / name;
        const auto lock = FileLock::try_acquire_existing(path, FileLock::Mode::exclusive);
        if (lock && *lock) {
            fs::remove(path, ignored);
        }
    }
}

std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(directory, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        names.push_back(at->path().filename().string());
    }
    return names;
}

} // namespace ktstr::cache
