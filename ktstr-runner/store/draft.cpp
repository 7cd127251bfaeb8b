// Making an entry: a locked key, a draft directory beside the entries, and a rename at the end.
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/metadata.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view draft_prefix = ".draft-";

// The owner is gone when its process is and nobody holds the lock on the directory: the lock alone
// would take the draft of a maker between its mkdir and its flock, the process alone that of a
// maker in another PID namespace.
bool is_abandoned(const fs::path& draft) {
    const auto pid =
        parse_u64(split(draft.filename().string().substr(draft_prefix.size()), '-').front());
    if (!pid || *pid == 0 || *pid > INT32_MAX) {
        return false;
    }
    if (::kill(static_cast<pid_t>(*pid), 0) == 0 || errno != ESRCH) {
        return false;
    }
    const auto held = open_file(draft, O_RDONLY | O_DIRECTORY);
    return held && ::flock(held->get(), LOCK_EX | LOCK_NB) == 0;
}

void sweep(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        if (at->path().filename().string().starts_with(draft_prefix) && is_abandoned(at->path())) {
            std::error_code ignored;
            fs::remove_all(at->path(), ignored);
        }
    }
}

Result<> sync(const fs::path& path, int flags) {
    TRY_ASSIGN(const auto fd, open_file(path, flags));
    if (::fsync(fd.get()) != 0) {
        return fail(Error::from_errno("fsync " + path.string()));
    }
    return {};
}

// Digests and syncs every file below `folder`; anything but files and folders has no place in an
// entry.
Result<> take_in(const fs::path& folder, Entry& entry) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error);
         !error && at != fs::recursive_directory_iterator();
         at.increment(error)) {
        const auto name = at->path().lexically_relative(folder).string();
        const auto kind = at->symlink_status().type();
        if (kind == fs::file_type::directory) {
            TRY(sync(at->path(), O_RDONLY | O_DIRECTORY));
        } else if (kind == fs::file_type::regular) {
            TRY_ASSIGN(auto digest, sha256_of_file(at->path()));
            TRY(sync(at->path(), O_RDONLY));
            entry.digests.emplace(name, std::move(digest));
        } else {
            return fail(ErrorKind::internal, "a store entry may hold only files, not " + name);
        }
    }
    if (error) {
        return fail(ErrorKind::environment, "read " + folder.string() + ": " + error.message());
    }
    return {};
}

Result<FileLock> lock_key(const fs::path& folder, const std::string& key) {
    TRY(make_directories(folder / ".locks"));
    const auto path = folder / ".locks" / key;
    TRY_ASSIGN(auto held, FileLock::try_acquire(path, FileLock::Mode::exclusive));
    if (held) {
        return std::move(*held);
    }
    say("another ktstr is making the kernel {}; waiting for it", key);
    return FileLock::acquire(path, FileLock::Mode::exclusive);
}

} // namespace

Result<Draft> Draft::begin(const std::string& key) {
    if (!is_key(key)) {
        return fail(ErrorKind::internal, "`" + key + "` cannot be the key of a store entry");
    }
    TRY_ASSIGN(const auto folder, writable_root());
    TRY_ASSIGN(auto lock, lock_key(folder, key));
    sweep(folder);
    Draft draft(key, std::move(lock));
    std::error_code ignored;
    if (fs::exists(folder / key, ignored)) {
        TRY_ASSIGN(draft.existing_,
                   load_entry(folder / key),
                   "the store entry " + key + " is damaged; remove " + (folder / key).string() +
                       " to make it again");
    }
    auto path =
        (folder / (std::string(draft_prefix) + std::to_string(::getpid()) + "-XXXXXX")).string();
    if (::mkdtemp(path.data()) == nullptr) {
        return fail(Error::from_errno("create a directory in " + folder.string()));
    }
    draft.directory_ = path;
    ::chmod(path.c_str(), 0755);
    TRY_ASSIGN(draft.alive_, open_file(draft.directory_, O_RDONLY | O_DIRECTORY));
    ::flock(draft.alive_.get(), LOCK_EX | LOCK_NB);
    return draft;
}

Draft::Draft(Draft&& other) noexcept
    : key_(std::move(other.key_)), lock_(std::move(other.lock_)),
      directory_(std::exchange(other.directory_, {})), alive_(std::move(other.alive_)),
      existing_(std::move(other.existing_)) {}

Draft::~Draft() {
    if (!directory_.empty()) {
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
    }
}

Result<Entry> Draft::commit(Entry entry) {
    if (existing_) {
        return *existing_;
    }
    TRY_ASSIGN(const auto folder, root());
    entry.key = entry.key.empty() ? key_ : entry.key;
    if (!is_key(entry.key)) {
        return fail(ErrorKind::usage,
                    "`" + to_utf8(entry.key) + "` cannot be the key of a store entry");
    }
    entry.digests.clear();
    entry.made_at = std::chrono::duration_cast<std::chrono::seconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
    TRY(take_in(directory_, entry));
    if (!entry.digests.contains("image")) {
        return fail(ErrorKind::internal, "the draft of " + key_ + " has no image");
    }
    if (entry.digests.contains("config")) {
        TRY_ASSIGN(const auto config, read_file(directory_ / "config", std::size_t{16} << 20));
        entry.sched_ext = has_sched_ext(config);
    }
    TRY_ASSIGN(const auto text, metadata_text(entry, directory_));
    TRY(write_file_atomically(directory_ / metadata_name, text));
    const auto final_place = folder / entry.key;
    std::error_code ignored;
    if (fs::exists(final_place, ignored)) {
        return load_entry(final_place);
    }
    if (::rename(directory_.c_str(), final_place.c_str()) != 0) {
        return fail(Error::from_errno("rename to " + final_place.string()));
    }
    directory_.clear();
    TRY(sync(folder, O_RDONLY | O_DIRECTORY));
    return load_entry(final_place);
}

} // namespace ktstr::store
