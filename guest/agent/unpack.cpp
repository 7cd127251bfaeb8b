#include "guest/agent/unpack.hpp"

#include "guest/wire/cpio.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace ktstr::guest {

namespace {

using wire::cpio::Entry;
using wire::cpio::Reader;

constexpr mode_t permissions = 07777;

std::array<timespec, 2> times_of(const Entry& entry) {
    const timespec time{.tv_sec = static_cast<time_t>(entry.mtime), .tv_nsec = 0};
    return {time, time};
}

// Parents are rarely missing, so they are made when the first attempt fails for want of them;
// something that stands in the way is removed and the attempt repeated.
template <class Attempt> int insist(const std::string& path, Attempt attempt) {
    int result = attempt();
    if (result < 0 && errno == ENOENT) {
        if (make_dirs(std::string_view(path).substr(0, path.rfind('/')))) {
            return result;
        }
        result = attempt();
    }
    if (result < 0 && errno == EEXIST) {
        if (::unlink(path.c_str()) != 0 && ::rmdir(path.c_str()) != 0) {
            return -1;
        }
        result = attempt();
    }
    return result;
}

int write_whole(int fd, std::span<const std::byte> data) {
    while (!data.empty()) {
        const auto wrote = ::write(fd, data.data(), data.size());
        if (wrote < 0 && errno != EINTR) {
            return -1;
        }
        data = data.subspan(static_cast<std::size_t>(wrote < 0 ? 0 : wrote));
    }
    return 0;
}

int make_file(const std::string& path, const Reader::Item& item) {
    const Fd fd(insist(path, [&] {
        return ::open(path.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      item.entry.mode & permissions);
    }));
    if (!fd || write_whole(fd.get(), item.data) != 0) {
        return -1;
    }
    return ::futimens(fd.get(), times_of(item.entry).data());
}

int make_link(const std::string& path, const Reader::Item& item) {
    const std::string target(reinterpret_cast<const char*>(item.data.data()), item.data.size());
    if (insist(path, [&] { return ::symlink(target.c_str(), path.c_str()); }) != 0) {
        return -1;
    }
    return ::utimensat(AT_FDCWD, path.c_str(), times_of(item.entry).data(), AT_SYMLINK_NOFOLLOW);
}

int make_node(const std::string& path, const Entry& entry) {
    const auto device = makedev(entry.rdev_major, entry.rdev_minor);
    return insist(path, [&] { return ::mknod(path.c_str(), entry.mode, device); });
}

struct MadeDirectory {
    std::string path;
    Entry entry;
};

// True when the directory is new, so that its times are set once its content is there.
bool make_directory(const std::string& path, const Entry& entry) {
    return ::mkdir(path.c_str(), entry.mode & permissions) == 0 ||
           (errno == ENOENT && !make_dirs(path, entry.mode & permissions));
}

bool is_directory(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class UmaskScope final {
public:
    UmaskScope() : before_(::umask(0)) {}

    UmaskScope(const UmaskScope&) = delete;
    UmaskScope& operator=(const UmaskScope&) = delete;

    ~UmaskScope() { ::umask(before_); }

private:
    mode_t before_;
};

} // namespace

std::string relative_name(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const auto slash = name.find('/');
        const auto part = name.substr(0, slash);
        name.remove_prefix(slash == std::string_view::npos ? name.size() : slash + 1);
        if (part == "..") {
            return {};
        }
        if (part.empty() || part == ".") {
            continue;
        }
        if (!out.empty()) {
            out += '/';
        }
        out += part;
    }
    return out;
}

std::optional<UnpackFailure> unpack(std::span<const std::byte> archive, const std::string& root) {
    if (archive.empty()) {
        return std::nullopt;
    }
    const UmaskScope exact_modes;
    const std::string prefix = root.ends_with('/') ? root : root + '/';
    std::vector<MadeDirectory> made;
    Reader reader(archive);
    while (const auto item = reader.next()) {
        const auto& entry = item->entry;
        const auto name = relative_name(entry.name);
        if (name.empty()) {
            if (entry.name == "." || entry.name == "/") {
                continue;
            }
            return UnpackFailure{.what = "the payload has an entry with the impossible name `" +
                                         entry.name + "`"};
        }
        const auto path = prefix + name;
        int result = 0;
        if (S_ISREG(entry.mode)) {
            result = make_file(path, *item);
        } else if (S_ISLNK(entry.mode)) {
            result = make_link(path, *item);
        } else if (!S_ISDIR(entry.mode)) {
            result = make_node(path, entry);
        } else if (make_directory(path, entry)) {
            made.push_back({.path = path, .entry = entry});
        } else if (const int error = errno; !is_directory(path)) {
            errno = error;
            result = -1;
        }
        if (result < 0) {
            const int error = errno;
            return UnpackFailure{.what = errno_text("cannot unpack " + path, error),
                                 .error = error};
        }
    }
    if (!reader.ok()) {
        return UnpackFailure{.what = "the payload is not a whole cpio archive"};
    }
    for (auto directory = made.rbegin(); directory != made.rend(); ++directory) {
        ::utimensat(AT_FDCWD, directory->path.c_str(), times_of(directory->entry).data(), 0);
    }
    return std::nullopt;
}

} // namespace ktstr::guest
