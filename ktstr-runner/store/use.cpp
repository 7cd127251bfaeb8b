// An entry in the hands of a machine: locked, marked as used, and what it was when it was made.
#include "ktstr-runner/base/local_locks.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/store/metadata.hpp"
#include "ktstr-runner/store/modified.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace ktstr::store {

namespace {

// What a machine boots or reads before it runs a test. Modules are many, and are not read here.
constexpr const char* looked_at[] = {"image", "vmlinux", "config"};

// A copy of a store has other times and the same contents: it is read once, and gets the time that
// was recorded. Where that cannot be written it is read each time.
void set_time(const std::filesystem::path& path, std::int64_t ns) {
    const timespec time{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
    const timespec times[2]{
        {.tv_sec = 0, .tv_nsec = UTIME_OMIT},
        time
    };
    static_cast<void>(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

// load_entry() compared the size. An equal time is believed; another one is a doubt, and the digest
// decides.
Result<> check_file(const Entry& entry, const std::string& name) {
    const auto recorded = entry.modified.find(name);
    if (recorded == entry.modified.end()) {
        return {};
    }
    const auto path = entry.directory / name;
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        return fail(Error::from_errno(name));
    }
    if (modified_ns(status) == recorded->second) {
        return {};
    }
    say_verbose(path.string() + " has another time than when it was made; reading it");
    TRY_ASSIGN(const auto digest, sha256_of_file(path));
    if (digest != entry.digests.at(name)) {
        return fail(ErrorKind::environment, name + ": its contents have changed");
    }
    set_time(path, recorded->second);
    return {};
}

} // namespace

Result<std::optional<FileLock>> use(const Entry& entry) {
    if (entry.directory.empty()) {
        return std::optional<FileLock>{};
    }
    const auto marker = entry.directory / metadata_name;
    TRY(refuse_local_locks(entry.directory), "cannot use the kernel " + entry.key);
    TRY_ASSIGN(auto lock, cache::use(marker), "cannot use the kernel " + entry.key);
    if (!lock) {
        return fail(
            Error(ErrorKind::environment, "the kernel " + entry.key + " was removed just now")
                .hint("another process cleans the store; make the kernel again"));
    }
    for (const auto* name : looked_at) {
        if (auto same = check_file(entry, name); !same) {
            return fail(std::move(same)
                            .error()
                            .context("the store entry " + entry.key + " is damaged")
                            .hint("`cargo ktstr kernel clean " + entry.key +
                                  "` removes it, so that it can be made again"));
        }
    }
    cache::mark_used(marker);
    return lock;
}

} // namespace ktstr::store
