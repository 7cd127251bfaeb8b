#include "ktstr-runner/cache/draft.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/remove_tree.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ktstr::cache {

namespace {

namespace fs = std::filesystem;

bool is_passing(std::string_view name) {
    return name.starts_with(making_prefix) || name.starts_with(gone_prefix);
}

// The right to remove a leftover: nobody makes it, and no other sweeper is at it.
std::optional<FileLock> claim(const fs::path& root, const std::string& name) {
    auto lock = FileLock::try_acquire(root / locks_name / name, FileLock::Mode::exclusive);
    return lock ? std::move(*lock) : std::nullopt;
}

std::vector<std::string> passing_names(const fs::path& root) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(root, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        if (auto name = at->path().filename().string(); is_passing(name)) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

} // namespace

Result<Draft> Draft::begin(const fs::path& root) {
    TRY(make_directories(root / locks_name));
    sweep(root);
    // The lock comes first: a directory without one is taken for a dead maker's.
    for (unsigned serial = 0;; ++serial) {
        const auto name = fmt::format("{}-{}-{}", making_prefix, ::getpid(), serial);
        const auto lock_path = root / locks_name / name;
        TRY_ASSIGN(auto lock, FileLock::try_acquire(lock_path, FileLock::Mode::exclusive));
        std::error_code error;
        // A sweeper may have taken the lock's file away before we had it.
        if (lock && lock->is_still(lock_path) && fs::create_directory(root / name, error)) {
            return Draft(root / name, std::move(*lock));
        }
        if (error) {
            return fail(ErrorKind::environment, (root / name).string() + ": " + error.message());
        }
    }
}

Draft::Draft(Draft&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), lock_(std::move(other.lock_)) {}

Draft::~Draft() {
    if (!directory_.empty()) {
        remove_tree(directory_);
        release();
    }
}

void Draft::release() {
    std::error_code ignored;
    fs::remove(directory_.parent_path() / locks_name / directory_.filename(), ignored);
    directory_.clear();
}

Result<> Draft::publish(const fs::path& place) {
    if (::rename(directory_.c_str(), place.c_str()) != 0) {
        return fail(Error::from_errno("rename to " + place.string()));
    }
    release();
    TRY_ASSIGN(const auto above, open_file(place.parent_path(), O_RDONLY | O_DIRECTORY));
    return ::fsync(above.get()) == 0
               ? Result<>{}
               : fail(Error::from_errno("fsync " + place.parent_path().string()));
}

void sweep(const fs::path& root) {
    for (const auto& name : passing_names(root)) {
        if (const auto alone = claim(root, name)) {
            std::error_code ignored;
            remove_tree(root / name);
            fs::remove(root / locks_name / name, ignored);
        }
    }
}

std::vector<fs::path> leftovers(const fs::path& root) {
    std::vector<fs::path> found;
    for (const auto& name : passing_names(root)) {
        const auto lock =
            FileLock::try_acquire_existing(root / locks_name / name, FileLock::Mode::exclusive);
        std::error_code ignored;
        const bool held = lock && !*lock && fs::exists(root / locks_name / name, ignored);
        if (!held) {
            found.push_back(root / name);
        }
    }
    return found;
}

} // namespace ktstr::cache
