// Making an entry: a locked key, a draft directory beside the entries, and a rename at the end.
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/store/metadata.hpp"
#include "ktstr-runner/store/module_list.hpp"
#include "ktstr-runner/store/room.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

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

// An error of a lock is the store's: it is the first thing that needs one.
Result<cache::MakerLock> lock_key(const fs::path& folder, const std::string& key) {
    TRY(make_directories(folder / cache::locks_name));
    auto lock = cache::MakerLock::acquire(folder / cache::locks_name / key, "the kernel " + key);
    if (!lock) {
        return fail(std::move(lock)
                        .error()
                        .context("the kernel store " + folder.string() + " cannot be used")
                        .hint("set KTSTR_CACHE_DIR to a directory on another file system"));
    }
    return lock;
}

Result<std::optional<Entry>> existing_entry(const fs::path& directory) {
    std::error_code ignored;
    if (!fs::exists(directory, ignored)) {
        return std::optional<Entry>{};
    }
    auto entry = load_entry(directory);
    if (!entry) {
        const auto key = directory.filename().string();
        return fail(std::move(entry)
                        .error()
                        .context("the store entry " + directory.string() + " is damaged")
                        .hint("`cargo ktstr kernel clean " + key +
                              "` removes it, so that it can be made again"));
    }
    return std::optional<Entry>(std::move(*entry));
}

} // namespace

Result<Draft> Draft::begin(const std::string& key) {
    if (!is_key(key)) {
        return fail(ErrorKind::internal, "`" + key + "` cannot be the key of a store entry");
    }
    TRY(size_cap()); // said before the work, not after it
    TRY_ASSIGN(const auto folder, writable_root());
    TRY_ASSIGN(auto lock, lock_key(folder, key));
    TRY_ASSIGN(auto existing, existing_entry(folder / key));
    TRY_ASSIGN(auto files, cache::Draft::begin(folder));
    Draft draft(key, std::move(lock), std::move(files));
    draft.existing_ = std::move(existing);
    return draft;
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
    TRY(take_in(directory(), entry));
    if (!entry.digests.contains("image")) {
        return fail(ErrorKind::internal, "the draft of " + key_ + " has no image");
    }
    if (entry.digests.contains("config")) {
        TRY_ASSIGN(const auto config, read_file(directory() / "config", std::size_t{16} << 20));
        entry.sched_ext = has_sched_ext(config);
    }
    TRY_ASSIGN(entry.modules_size, write_module_list(directory(), entry.digests));
    TRY_ASSIGN(const auto text, metadata_text(entry, directory()));
    TRY(write_file_atomically(directory() / metadata_name, text));
    const auto final_place = folder / entry.key;
    std::error_code ignored;
    if (fs::exists(final_place, ignored)) {
        return load_entry(final_place);
    }
    TRY(files_.publish(final_place));
    TRY_ASSIGN(const auto cap, size_cap());
    if (cap) {
        make_room(folder, *cap, entry.key);
    }
    return load_entry(final_place);
}

} // namespace ktstr::store
