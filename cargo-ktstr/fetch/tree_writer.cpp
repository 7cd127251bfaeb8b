#include "cargo-ktstr/fetch/tree_writer.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace ktstr::fetch {

namespace {

constexpr std::size_t most_levels = 64;

std::string joined(std::span<const std::string> name) {
    return printable(join(name, "/"));
}

Error made_failure(std::span<const std::string> name) {
    if (errno == EEXIST || errno == ELOOP || errno == ENOTDIR) {
        return Error(ErrorKind::environment,
                     joined(name) + " comes twice, or lies behind what is no directory");
    }
    return write_failure(joined(name));
}

} // namespace

std::optional<std::vector<std::string>> path_components(std::string_view path) {
    if (path.empty() || path.front() == '/' || path.size() >= PATH_MAX) {
        return std::nullopt;
    }
    std::vector<std::string> out;
    for (auto& part : split(path, '/')) {
        if (part.empty() || part == ".") {
            continue;
        }
        if (part == ".." || part.size() > NAME_MAX || part.find('\0') != std::string::npos) {
            return std::nullopt;
        }
        out.push_back(std::move(part));
    }
    return out.size() > most_levels ? std::nullopt : std::optional(std::move(out));
}

bool is_link_inside(std::span<const std::string> link, std::string_view target) {
    if (link.empty() || target.empty() || target.front() == '/' || target.size() >= PATH_MAX ||
        target.find('\0') != std::string_view::npos) {
        return false;
    }
    std::size_t up = 0;
    bool down = false;
    for (const auto& part : split(target, '/')) {
        if (part == "..") {
            // Behind a name, which may be a link itself, ".." leads we do not know where.
            if (down) {
                return false;
            }
            ++up;
        } else if (!part.empty() && part != ".") {
            down = true;
        }
    }
    return up < link.size();
}

Error write_failure(const std::string& name) {
    if (errno == ENOSPC || errno == EDQUOT) {
        return Error::from_errno("write " + name)
            .hint("the sources of a kernel take about 2 GiB: make room, or let KTSTR_CACHE_DIR "
                  "name a directory on another disk");
    }
    return Error::from_errno("write " + name);
}

Result<TreeWriter> TreeWriter::open(const std::filesystem::path& root) {
    TRY_ASSIGN(auto fd, open_file(root, O_PATH | O_DIRECTORY));
    return TreeWriter(root, std::move(fd));
}

Result<int> TreeWriter::enter(std::span<const std::string> folder) {
    const auto [mine, theirs] = std::ranges::mismatch(levels_, folder, {}, &Level::name);
    levels_.erase(mine, levels_.end());
    for (auto at = theirs; at != folder.end(); ++at) {
        const int above = levels_.empty() ? fd_.get() : levels_.back().fd.get();
        constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        Fd fd(::openat(above, at->c_str(), flags));
        if (!fd && errno == ENOENT && ::mkdirat(above, at->c_str(), 0755) == 0) {
            fd = Fd(::openat(above, at->c_str(), flags));
        }
        if (!fd) {
            return fail(made_failure(folder));
        }
        levels_.push_back({.name = *at, .fd = std::move(fd)});
    }
    return levels_.empty() ? fd_.get() : levels_.back().fd.get();
}

Result<> TreeWriter::directory(std::span<const std::string> name) {
    TRY(enter(name));
    return {};
}

Result<Fd> TreeWriter::file(std::span<const std::string> name, Mode mode) {
    TRY_ASSIGN(const int folder, enter(name.first(name.size() - 1)));
    Fd fd(::openat(folder,
                   name.back().c_str(),
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   mode == Mode::executable ? 0755 : 0644));
    if (!fd) {
        return fail(made_failure(name));
    }
    return fd;
}

Result<> TreeWriter::symbolic_link(std::span<const std::string> name, std::string_view target) {
    if (!is_link_inside(name, target)) {
        return fail(
            ErrorKind::environment,
            fmt::format("{} is a link out of the tree, to {}", joined(name), printable(target)));
    }
    TRY_ASSIGN(const int folder, enter(name.first(name.size() - 1)));
    if (::symlinkat(std::string(target).c_str(), folder, name.back().c_str()) != 0) {
        return fail(made_failure(name));
    }
    return {};
}

Result<> TreeWriter::hard_link(std::span<const std::string> name,
                               std::span<const std::string> file) {
    TRY_ASSIGN(const int from, enter(file.first(file.size() - 1)));
    struct stat about{};
    // Another name for a symbolic link would be one that is_link_inside() never saw.
    if (::fstatat(from, file.back().c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(about.st_mode)) {
        return fail(ErrorKind::environment,
                    fmt::format("{} is a hard link to {}, which is no file of the tree",
                                joined(name),
                                joined(file)));
    }
    const Fd kept(::fcntl(from, F_DUPFD_CLOEXEC, 0));
    TRY_ASSIGN(const int to, enter(name.first(name.size() - 1)));
    if (::linkat(kept.get(), file.back().c_str(), to, name.back().c_str(), 0) != 0) {
        return fail(made_failure(name));
    }
    return {};
}

} // namespace ktstr::fetch
