#include "ktstr-runner/machine/image/payload.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

namespace ktstr::machine {

namespace {

constexpr int max_links = 40; // as the kernel has it, path_resolution(7)
constexpr unsigned permission_bits = 07777;

// lstat(2); absent when there is nothing of that name.
Result<std::optional<struct stat>> look(const std::filesystem::path& path) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) == 0) {
        return info;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return std::nullopt;
    }
    return fail(Error::from_errno("look at " + path.string()));
}

Result<std::string> link_target(const std::filesystem::path& path) {
    std::error_code error;
    auto target = std::filesystem::read_symlink(path, error);
    if (error) {
        return fail(ErrorKind::environment,
                    "read the link " + path.string() + ": " + error.message());
    }
    return target.string();
}

// The format has 32 unsigned bits; a time before 1970 becomes 1970.
std::uint32_t time_of(const struct stat& info) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(
        info.st_mtim.tv_sec, 0, std::numeric_limits<std::uint32_t>::max()));
}

// The components of a path that are still to be walked, the next one last.
class Components final {
public:
    explicit Components(const std::filesystem::path& path) { push(path); }

    void push(const std::filesystem::path& path) {
        std::vector<std::string> parts;
        for (const auto& part : path.relative_path()) {
            if (!part.empty() && part != ".") {
                parts.push_back(part.string());
            }
        }
        left_.insert(left_.end(), parts.rbegin(), parts.rend());
    }

    std::string pop() {
        auto part = std::move(left_.back());
        left_.pop_back();
        return part;
    }

    bool empty() const { return left_.empty(); }

private:
    std::vector<std::string> left_;
};

std::string parent_of(const std::string& name) {
    const auto slash = name.rfind('/');
    return slash == std::string::npos ? std::string{} : name.substr(0, slash);
}

std::string child_of(const std::string& name, const std::string& part) {
    return name.empty() ? part : name + "/" + part;
}

Archive::Item
file_item(std::string name, const std::filesystem::path& source, const struct stat& info) {
    const auto size = std::min<std::uint64_t>(static_cast<std::uint64_t>(info.st_size),
                                              std::numeric_limits<std::uint32_t>::max());
    return {
        .entry = {.name = std::move(name),
                  .mode = S_IFREG | (info.st_mode & permission_bits),
                  .mtime = time_of(info),
                  .size = static_cast<std::uint32_t>(size)},
        .content = source
    };
}

Result<struct stat> regular_file(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto info, look(path));
    if (!info) {
        return fail(ErrorKind::environment, path.string() + " does not exist");
    }
    if (!S_ISREG(info->st_mode)) {
        return fail(ErrorKind::environment,
                    path.string() +
                        (S_ISDIR(info->st_mode) ? " is a directory" : " is not a regular file"));
    }
    if (static_cast<std::uint64_t>(info->st_size) > std::numeric_limits<std::uint32_t>::max()) {
        return fail(Error(ErrorKind::environment,
                          path.string() + " is 4 GiB or more: too large to be given to a machine")
                        .hint("exclude it in .config/ktstr.toml"));
    }
    return *info;
}

} // namespace

Result<std::string> Payload::walk(const std::filesystem::path& path, Last last, Missing missing) {
    std::error_code error;
    Components left(std::filesystem::absolute(path, error));
    if (error) {
        return fail(ErrorKind::environment, path.string() + ": " + error.message());
    }
    std::string at;
    int links = 0;
    while (!left.empty()) {
        const auto part = left.pop();
        if (part == "..") {
            at = parent_of(at);
            continue;
        }
        const auto name = child_of(at, part);
        const auto* known = archive_.find(name);
        if (known == nullptr) {
            if (name == "proc" || name == "sys") {
                return fail(Error(ErrorKind::environment,
                                  fmt::format("{} leads into /{}, of which the guest has its own",
                                              path.string(),
                                              name))
                                .hint("give the path of the file itself"));
            }
            TRY_ASSIGN(const auto info, look("/" + name));
            if (!info && missing == Missing::refuse) {
                return fail(ErrorKind::environment,
                            path.string() +
                                (links == 0 ? " does not exist" : " is a link to nothing"));
            }
            if (!info && left.empty()) {
                return name;
            }
            if (info && S_ISLNK(info->st_mode)) {
                TRY_ASSIGN(auto target, link_target("/" + name));
                TRY(archive_.add(link_item(name, std::move(target), time_of(*info))));
            } else if (!info || S_ISDIR(info->st_mode)) {
                TRY(archive_.add(directory_item(name,
                                                info ? info->st_mode & permission_bits : 0755U,
                                                info && directory_times_ ? time_of(*info) : 0)));
            } else if (left.empty()) {
                return name;
            } else {
                return fail(ErrorKind::environment,
                            fmt::format("{}: /{} is not a directory", path.string(), name));
            }
            known = archive_.find(name);
        }
        const auto type = known->entry.mode & S_IFMT;
        if (type == S_IFLNK && (!left.empty() || last == Last::follow)) {
            if (++links > max_links) {
                return fail(ErrorKind::environment, path.string() + ": too many symbolic links");
            }
            const std::filesystem::path target = std::get<std::string>(known->content);
            if (target.is_absolute()) {
                at.clear();
            }
            left.push(target);
        } else if (type == S_IFDIR) {
            at = name;
        } else if (left.empty()) {
            return name;
        } else {
            return fail(ErrorKind::environment,
                        fmt::format("{}: /{} is not a directory", path.string(), name));
        }
    }
    return at;
}

Result<> Payload::add_file(const std::filesystem::path& path) {
    TRY_ASSIGN(auto name, walk(path, Last::follow, Missing::refuse));
    const auto real = std::filesystem::path("/" + name);
    TRY_ASSIGN(const auto info, regular_file(real));
    return archive_.add(file_item(std::move(name), real, info));
}

Result<> Payload::add_path_as_is(const std::filesystem::path& path) {
    TRY_ASSIGN(auto name, walk(path, Last::keep, Missing::refuse));
    const auto* known = archive_.find(name);
    if (name.empty() || (known != nullptr && !S_ISREG(known->entry.mode))) {
        return {}; // a directory or a link: walk() has added it
    }
    const auto real = std::filesystem::path("/" + name);
    TRY_ASSIGN(const auto info, regular_file(real));
    return archive_.add(file_item(std::move(name), real, info));
}

Result<> Payload::add_file_as(const std::filesystem::path& source,
                              const std::filesystem::path& guest_path) {
    std::error_code error;
    const auto real = std::filesystem::canonical(source, error);
    if (error) {
        return fail(ErrorKind::environment, source.string() + ": " + error.message());
    }
    TRY_ASSIGN(const auto info, regular_file(real));
    TRY_ASSIGN(auto name, place(guest_path));
    return archive_.add(file_item(std::move(name), real, info));
}

Result<>
Payload::add_text(const std::filesystem::path& guest_path, std::string text, unsigned mode) {
    TRY_ASSIGN(auto name, place(guest_path));
    return archive_.add(text_item(std::move(name), std::move(text), mode & permission_bits));
}

Result<> Payload::add_symlink(const std::filesystem::path& guest_path, const std::string& target) {
    TRY_ASSIGN(auto name, place(guest_path));
    return archive_.add(link_item(std::move(name), target));
}

Result<> Payload::add_directory(const std::filesystem::path& path) {
    TRY_ASSIGN(auto name, walk(path, Last::follow, Missing::make));
    if (name.empty() || archive_.find(name) != nullptr) {
        return {};
    }
    return archive_.add(directory_item(std::move(name), 0755));
}

Result<std::string> Payload::place(const std::filesystem::path& guest_path) {
    TRY(add_directory(guest_path.parent_path()));
    TRY_ASSIGN(const auto parent, walk(guest_path.parent_path(), Last::follow, Missing::make));
    return child_of(parent, guest_path.filename().string());
}

} // namespace ktstr::machine
