#include "guest/base/cgroup.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace ktstr::guest {

Cgroup::Cgroup(std::string_view name) : name_(name) {
    struct stat status{};
    if (::stat("/sys/fs/cgroup/cgroup.procs", &status) != 0) {
        problem_ = "the " + name_ + " runs in no cgroup of its own (the kernel has no cgroup2)";
        return;
    }
    const auto path = "/sys/fs/cgroup/" + name_;
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
        problem_ = errno_text("the " + name_ + " runs in no cgroup of its own: mkdir");
        return;
    }
    path_ = path;
}

bool Cgroup::contains(pid_t pid) const {
    if (path_.empty()) {
        return false;
    }
    const auto process = "/proc/" + std::to_string(pid);
    const auto text = read_file(process + "/cgroup");
    return text ? tells_of_cgroup(*text, name_) : ::access(process.c_str(), F_OK) != 0;
}

bool Cgroup::empty() const {
    return path_.empty() || read_file(path_ + "/cgroup.events").value_or("").find("populated 0") !=
                                std::string::npos;
}

void Cgroup::kill() const {
    if (!path_.empty()) {
        write_file(path_ + "/cgroup.kill", "1");
    }
}

// Lines "hierarchy:controllers:path"; version 2 is hierarchy 0 (cgroups(7)).
bool tells_of_cgroup(std::string_view text, std::string_view name) {
    constexpr std::string_view unified = "0::/";
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.starts_with(unified)) {
            line.remove_prefix(unified.size());
            return line.starts_with(name) &&
                   (line.size() == name.size() || line[name.size()] == '/');
        }
    }
    return false;
}

} // namespace ktstr::guest
