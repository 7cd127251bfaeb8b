#include "ktstr-runner/templates/store.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/templates/paths.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace ktstr::templates {

namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_on_disk(const fs::path& directory) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        struct stat info{};
        if (::lstat(entry.path().c_str(), &info) == 0) {
            bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
        }
    }
    return bytes;
}

std::int64_t modified_at(const fs::path& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mtim.tv_sec : 0;
}

// A user marks what it uses; a cache that cannot be written to forgets the order, no more.
void touch(const fs::path& path) {
    static_cast<void>(::utimensat(AT_FDCWD, path.c_str(), nullptr, 0));
}

// Out of the way under a name that no reader looks at, then away: a reader sees all of a template
// or none of it.
bool remove_directory(const fs::path& root, const fs::path& directory) {
    static unsigned serial = 0;
    const auto aside = root / fmt::format(".gone-{}-{}", ::getpid(), serial++);
    std::error_code error;
    fs::remove_all(aside, error); // of a dead process with our number
    fs::rename(directory, aside, error);
    const bool gone = !error;
    fs::remove_all(aside, error);
    return gone;
}

// The digests cover the beginning of the RAM alone: after a loss of power the rest could be holes
// that nobody would notice.
Result<> sync_files(const fs::path& directory) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        TRY_ASSIGN(const auto file, open_file(entry.path(), O_RDONLY));
        if (::fsync(file.get()) != 0) {
            return fail(Error::from_errno("cannot write " + entry.path().string()));
        }
    }
    return {};
}

std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

} // namespace

Draft::Draft(Draft&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), lock_(std::move(other.lock_)) {}

Draft::~Draft() {
    if (!directory_.empty()) {
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
        fs::remove(directory_.parent_path() / locks_name / directory_.filename(), ignored);
    }
}

Result<Store> Store::open(fs::path root) {
    TRY(make_directories(root / locks_name));
    return Store(std::move(root));
}

Result<std::optional<Use>> Store::use(const std::string& key, std::string& damage) const {
    const auto directory = root_ / key;
    const auto marker = directory / meta_name;
    TRY_ASSIGN(auto lock, FileLock::try_acquire_existing(marker, FileLock::Mode::shared));
    if (!lock || !lock->is_still(marker)) { // none, or one that is being taken away
        std::error_code error;
        if (fs::exists(directory, error) && !fs::exists(marker, error)) {
            damage = std::string(meta_name) + " is missing";
        }
        return std::optional<Use>{};
    }
    auto meta = read_meta(directory);
    if (!meta) {
        damage = meta.error().one_line();
        return std::optional<Use>{};
    }
    touch(marker);
    return std::optional(Use{directory, std::move(*meta), std::move(*lock)});
}

void Store::discard(Use use) const {
    const auto marker = use.directory / meta_name;
    const auto key = use.meta.key;
    if (use.lock.is_still(marker)) {
        {
            const auto released = std::move(use.lock);
        }
        remove_unused(key);
    }
}

Result<std::optional<FileLock>> Store::try_lock(const std::string& key) const {
    const auto path = root_ / locks_name / key;
    TRY_ASSIGN(auto lock, FileLock::try_acquire(path, FileLock::Mode::exclusive));
    if (lock && !lock->is_still(path)) { // clean() took the file away before we had it
        lock.reset();
    }
    return lock;
}

Result<Draft> Store::begin() const {
    sweep();
    // The lock comes first: a directory without one is taken for a dead maker's.
    for (unsigned serial = 0;; ++serial) {
        const auto name = fmt::format("{}-{}-{}", making_prefix, ::getpid(), serial);
        TRY_ASSIGN(auto lock,
                   FileLock::try_acquire(root_ / locks_name / name, FileLock::Mode::exclusive));
        std::error_code error;
        // A sweeper may have taken the lock's file away before we had it.
        if (lock && lock->is_still(root_ / locks_name / name) &&
            fs::create_directory(root_ / name, error)) {
            return Draft(root_ / name, std::move(*lock));
        }
        if (error) {
            return fail(ErrorKind::environment, (root_ / name).string() + ": " + error.message());
        }
    }
}

Result<> Store::commit(Draft draft, Meta meta, std::uint64_t cap) const {
    TRY_ASSIGN(meta.files, describe_files(draft.directory()));
    TRY(write_meta(draft.directory(), meta));
    TRY(sync_files(draft.directory()));
    const auto directory = root_ / meta.key;
    std::error_code error;
    if (fs::exists(directory, error)) {
        remove_directory(root_, directory);
    }
    fs::rename(draft.directory(), directory, error);
    if (error) {
        return fail(ErrorKind::environment, directory.string() + ": " + error.message());
    }
    std::error_code ignored;
    fs::remove(root_ / locks_name / draft.directory().filename(), ignored);
    draft.directory_.clear();
    make_room(cap, meta.key);
    return {};
}

Result<std::vector<Listed>> Store::list() const {
    std::vector<Listed> found;
    for (auto& name : names_in(root_)) {
        if (!is_plain_name(name)) {
            continue;
        }
        const auto directory = root_ / name;
        Listed listed{.key = std::move(name), .meta = {}, .damage = {}};
        listed.bytes = bytes_on_disk(directory);
        listed.used_at = modified_at(directory / meta_name);
        if (auto meta = read_meta(directory)) {
            listed.meta = std::move(*meta);
        } else {
            listed.damage = meta.error().one_line();
        }
        found.push_back(std::move(listed));
    }
    std::ranges::sort(found, std::greater{}, &Listed::used_at);
    return found;
}

std::uint64_t Store::clean(std::uint64_t keep_bytes) const {
    sweep();
    const auto freed = make_room(keep_bytes, {});
    remove_old_locks();
    return freed;
}

// Of keys that have no template and no maker.
void Store::remove_old_locks() const {
    std::error_code ignored;
    for (const auto& name : names_in(root_ / locks_name)) {
        if (!is_plain_name(name) || fs::exists(root_ / name, ignored)) {
            continue;
        }
        const auto path = root_ / locks_name / name;
        const auto lock = FileLock::try_acquire_existing(path, FileLock::Mode::exclusive);
        if (lock && *lock) {
            fs::remove(path, ignored);
        }
    }
}

std::uint64_t Store::make_room(std::uint64_t keep_bytes, std::string_view but) const {
    struct Candidate {
        std::string key;
        std::uint64_t bytes;
        std::int64_t used_at;
    };

    std::vector<Candidate> all;
    std::uint64_t held = 0;
    for (auto& name : names_in(root_)) {
        if (is_plain_name(name)) {
            const auto directory = root_ / name;
            const auto bytes = bytes_on_disk(directory);
            const auto used_at = modified_at(directory / meta_name);
            all.push_back({std::move(name), bytes, used_at});
            held += bytes;
        }
    }
    std::ranges::sort(all, {}, &Candidate::used_at);
    std::uint64_t freed = 0;
    for (const auto& candidate : all) {
        if (held - freed <= keep_bytes) {
            break;
        }
        if (candidate.key != but && remove_unused(candidate.key)) {
            freed += candidate.bytes;
        }
    }
    return freed;
}

bool Store::remove_unused(const std::string& key) const {
    const auto marker = root_ / key / meta_name;
    std::error_code error;
    if (fs::exists(marker, error)) {
        const auto lock = FileLock::try_acquire_existing(marker, FileLock::Mode::exclusive);
        if (!lock || !*lock || !(*lock)->is_still(marker)) {
            return false; // used, or just taken away by another
        }
    }
    return remove_directory(root_, root_ / key);
}

// What dead makers and removers left.
void Store::sweep() const {
    std::error_code ignored;
    for (const auto& name : names_in(root_)) {
        const bool making = name.starts_with(making_prefix);
        if (!making && !name.starts_with(".gone-")) {
            continue;
        }
        const auto lock_path = root_ / locks_name / name;
        const auto lock = FileLock::try_acquire(lock_path, FileLock::Mode::exclusive);
        if (lock && *lock) {
            fs::remove_all(root_ / name, ignored);
            fs::remove(lock_path, ignored);
        }
    }
}

} // namespace ktstr::templates
