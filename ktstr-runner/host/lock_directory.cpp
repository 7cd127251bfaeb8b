#include "ktstr-runner/host/lock_directory.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/file_system.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace ktstr::host {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view take_another =
    "set KTSTR_LOCK_DIR to a directory of your own on a file system of this host";

// FUSE may be anything, virtiofs too: the machine below us is another host.
constexpr std::array<std::string_view, 7> between_hosts{
    "9p", "afs", "ceph", "cifs", "fuse", "nfs", "smb"};

Result<> check_owner(const fs::path& path, uid_t user) {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0) {
        return fail(Error::from_errno(path.string()));
    }
    if (!S_ISDIR(facts.st_mode)) {
        return fail(Error(ErrorKind::environment, path.string() + " is not a directory")
                        .hint(std::string(take_another)));
    }
    if (facts.st_uid != user) {
        return fail(
            Error(ErrorKind::environment,
                  fmt::format(
                      "{} belongs to user {}, not to user {}", path.string(), facts.st_uid, user))
                .hint(std::string(take_another)));
    }
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail(Error(ErrorKind::environment, "others may write to " + path.string())
                        .hint("chmod 700 " + path.string()));
    }
    return {};
}

} // namespace

LockPlaces LockPlaces::of_this_process() {
    // A service of the same user's has no XDG_RUNTIME_DIR, and must find the same directory.
    return {.wanted = env("KTSTR_LOCK_DIR"),
            .runtime = env("XDG_RUNTIME_DIR").value_or(fmt::format("/run/user/{}", ::geteuid())),
            .user = ::geteuid()};
}

fs::path lock_directory(const LockPlaces& places) {
    if (places.wanted && !places.wanted->empty()) {
        return *places.wanted;
    }
    struct stat facts{};
    if (places.runtime && places.runtime->starts_with('/') &&
        ::stat(places.runtime->c_str(), &facts) == 0 && facts.st_uid == places.user) {
        return fs::path(*places.runtime) / "ktstr";
    }
    return places.temporary / fmt::format("ktstr-{}", places.user);
}

Result<> make_lock_directory(const fs::path& path, uid_t user) {
    if (!path.is_absolute()) { // tests of two packages run in two directories
        return fail(Error(ErrorKind::usage,
                          "KTSTR_LOCK_DIR: \"" + to_utf8(path.native()) + "\" is no absolute path")
                        .hint(std::string(take_another)));
    }
    std::error_code ignored;
    if (path.has_parent_path() && !fs::exists(path.parent_path(), ignored)) {
        TRY(make_directories(path.parent_path()));
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(Error::from_errno("make " + path.string()).hint(std::string(take_another)));
    }
    TRY(check_owner(path, user), "leases of host CPUs cannot be kept there");
    const auto file_system = file_system_of(path);
    if (is_shared_between_hosts(file_system)) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("{} is on a file system ({}) whose locks other hosts may "
                                      "share, and leases are of this host's CPUs",
                                      path.string(),
                                      file_system))
                        .hint(std::string(take_another)));
    }
    return {};
}

bool is_shared_between_hosts(std::string_view file_system) {
    return std::ranges::find(between_hosts, file_system) != between_hosts.end();
}

} // namespace ktstr::host
