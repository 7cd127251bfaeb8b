#include "guest/agent/bring_back.hpp"

#include "guest/base/directory.hpp"
#include "guest/wire/messages.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

namespace ktstr::guest {

namespace {

constexpr std::size_t chunk = 256U << 10;
constexpr std::int64_t file_limit = std::int64_t{256} << 20;
constexpr std::int64_t patience_ms = 30'000;

bool is_regular(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Matches the parts of `pattern` one after the other below `directory`, which is empty for the
// root.
void match_below(const std::string& directory,
                 std::string_view pattern,
                 std::vector<std::string>& found) {
    const auto start = std::min(pattern.find_first_not_of('/'), pattern.size());
    pattern.remove_prefix(start);
    const auto slash = pattern.find('/');
    const std::string part(pattern.substr(0, slash));
    if (part.empty()) {
        return;
    }
    const auto descend = [&](const std::string& path) {
        if (slash != std::string_view::npos) {
            match_below(path, pattern.substr(slash), found);
        } else if (is_regular(path)) {
            found.push_back(path);
        }
    };
    if (part.find_first_of("*?[") == std::string::npos) {
        descend(directory + '/' + part);
        return;
    }
    for (const auto& name : names_in(directory.empty() ? "/" : directory)) {
        if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) {
            descend(directory + '/' + name);
        }
    }
}

// A file that grows while it is read is sent up to the size first seen; one that shrinks is short,
// and is named.
Problem send_file(const std::string& path, Channel& channel) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        return errno_text("cannot bring back " + path);
    }
    if (status.st_size > file_limit) {
        return "not brought back: " + path + " has " + std::to_string(status.st_size >> 20) +
               " MiB, more than " + std::to_string(file_limit >> 20);
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const auto deaf = "not brought back whole: " + path + " (the host does not read)";
    if (!channel.send(wire::FrameType::file_begin,
                      wire::dump(wire::FileBegin{.path = path, .size = size}),
                      patience_ms)) {
        return deaf;
    }
    static std::array<char, chunk> buffer;
    Problem problem;
    for (std::uint64_t sent = 0; sent < size;) {
        const auto got =
            ::read(fd.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), size - sent));
        if (got <= 0) {
            problem = got < 0 ? errno_text("cannot read " + path)
                              : path + " became shorter while it was read";
            break;
        }
        const auto part = static_cast<std::size_t>(got);
        if (!channel.send(wire::FrameType::file_data, {buffer.data(), part}, patience_ms)) {
            return deaf;
        }
        sent += part;
    }
    if (!channel.send(wire::FrameType::file_end, {}, patience_ms)) {
        return deaf;
    }
    return problem;
}

} // namespace

std::vector<std::string> match_files(std::string_view pattern) {
    std::vector<std::string> found;
    match_below({}, pattern, found);
    std::ranges::sort(found);
    return found;
}

std::optional<std::string> directory_of(std::string_view pattern) {
    std::string directory;
    const auto parts = pattern.substr(0, pattern.rfind('/') + 1);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (std::string_view("*?[").find(parts[i]) != std::string_view::npos) {
            return std::nullopt;
        }
        if (parts[i] == '\\' && i + 1 < parts.size()) {
            ++i;
        }
        if (parts[i] != '/' || !directory.ends_with('/')) {
            directory += parts[i];
        }
    }
    directory.resize(directory.size() - (directory.ends_with('/') ? 1 : 0));
    return directory;
}

std::vector<std::string> absolute(std::vector<std::string> patterns, const std::string& cwd) {
    for (auto& pattern : patterns) {
        if (!pattern.starts_with('/')) {
            pattern.insert(0, cwd + '/');
        }
    }
    return patterns;
}

std::vector<std::string> bring_back(const std::vector<std::string>& patterns, Channel& channel) {
    std::vector<std::string> notes;
    std::set<std::string> sent;
    for (const auto& pattern : patterns) {
        for (const auto& path : match_files(pattern)) {
            if (!sent.insert(path).second) {
                continue;
            }
            if (auto problem = send_file(path, channel)) {
                notes.push_back(std::move(*problem));
            }
        }
    }
    return notes;
}

} // namespace ktstr::guest
