#include "ktstr-runner/base/local_locks.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <span>
#include <vector>

namespace ktstr {

namespace {

// proc(5), /proc/pid/fdinfo: "mnt_id:\t29".
std::optional<std::uint64_t> mount_of(int fd) {
    constexpr std::string_view field = "mnt_id:";
    const auto info = read_file("/proc/self/fdinfo/" + std::to_string(fd), 4096);
    if (info) {
        for (const auto& line : split(*info, '\n')) {
            if (std::string_view(line).starts_with(field)) {
                return parse_u64(trim(std::string_view(line).substr(field.size())));
            }
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> local_lock_option(std::string_view mountinfo, std::uint64_t mount) {
    for (const auto& line : split(mountinfo, '\n')) {
        const auto words = split(line, ' ');
        // "36 35 98:0 /root /mount/point options [optional...] - type source super-options"
        const auto dash = std::ranges::find(words, "-");
        if (words.size() < 4 || parse_u64(words[0]) != mount || words.end() - dash < 4) {
            continue;
        }
        std::optional<std::string> found;
        for (auto& option : split(dash[3], ',')) {
            if (option == "nolock") { // implies local_lock=all, which is listed too
                return "nolock";
            }
            if (option == "local_lock=flock" || option == "local_lock=all") {
                found = std::string(option);
            }
        }
        return found;
    }
    return std::nullopt;
}

Result<> refuse_local_locks(const std::filesystem::path& directory) {
    struct statfs facts{};
    if (::statfs(directory.c_str(), &facts) != 0 || facts.f_type != NFS_SUPER_MAGIC) {
        return {};
    }
    const Fd fd(::open(directory.c_str(), O_PATH | O_CLOEXEC));
    const auto mount = mount_of(fd.get());
    const auto mountinfo = read_file("/proc/self/mountinfo", std::size_t{16} << 20);
    if (!mount || !mountinfo) {
        return {};
    }
    const auto option = local_lock_option(*mountinfo, *mount);
    if (!option) {
        return {};
    }
    return fail(Error(ErrorKind::environment,
                      directory.string() + " is on NFS mounted with `" + *option +
                          "`: other hosts would not see its locks")
                    .hint("mount it without that option, or set KTSTR_CACHE_DIR to a directory "
                          "on another file system"));
}

} // namespace ktstr
