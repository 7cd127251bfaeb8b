#include "guest/workload/cgroup_tree.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace ktstr::workload {

namespace {

constexpr std::int64_t kill_limit_ms = 10'000;

bool is_directory(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace

CgroupTree::CgroupTree(std::string root, std::string mount)
    : root_(std::move(root)), mount_(std::move(mount)) {}

CgroupTree::~CgroupTree() {
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) {
        ::rmdir(path->c_str());
    }
}

std::string CgroupTree::path_of(const std::string& name) const {
    return name.empty() ? mount_ : mount_ + "/" + root_ + "/" + name;
}

std::string CgroupTree::procs_file(const std::string& name) const {
    return used() ? path_of(name) + "/cgroup.procs" : std::string();
}

Problem CgroupTree::make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) == 0) {
        made_.push_back(path);
        return std::nullopt;
    }
    const auto error = errno;
    return error == EEXIST ? std::nullopt
                           : Problem(guest::errno_text("cannot make the cgroup " + path, error));
}

Problem CgroupTree::make(const std::string& name) {
    if (!used()) {
        return std::nullopt;
    }
    if (::access((mount_ + "/cgroup.procs").c_str(), F_OK) != 0) {
        return mount_ + " is no cgroup2 (the kernel needs CONFIG_CGROUPS, the guest the mount)";
    }
    const auto path = path_of(name);
    for (auto end = path.find('/', mount_.size() + 1); end != std::string::npos;
         end = path.find('/', end + 1)) {
        if (auto problem = make_directory(path.substr(0, end))) {
            return problem;
        }
    }
    if (auto problem = make_directory(path)) {
        return problem;
    }
    // What cgroups are for: their tasks compete as groups. The controllers that count and limit
    // cost something, and are enabled by what needs them.
    const auto known = guest::read_file(mount_ + "/cgroup.controllers").value_or("");
    for (const std::string_view controller : {"cpu", "cpuset"}) {
        if ((" " + known).find(" " + std::string(controller)) != std::string::npos) {
            if (auto problem = enable(controller, path)) {
                return "cgroup " + name + ": " + *problem;
            }
        }
    }
    return std::nullopt;
}

// For the children of all cgroups from the mount to the one above `path`.
Problem CgroupTree::enable(std::string_view controller, const std::string& path) const {
    for (auto end = mount_.size(); end != std::string::npos && end < path.size();
         end = path.find('/', end + 1)) {
        const auto above = path.substr(0, end);
        const auto problem =
            guest::write_file(above + "/cgroup.subtree_control", "+" + std::string(controller));
        if (problem) {
            return "the controller " + std::string(controller) + " cannot be enabled: " + *problem +
                   " (is it in the kernel's configuration?)";
        }
    }
    return std::nullopt;
}

Problem CgroupTree::set(const std::string& name, const std::string& file, std::string_view value) {
    if (!used()) {
        return "cgroup " + name + ": " + file + " needs cgroups, and the scenario has no root";
    }
    const auto path = path_of(name);
    const auto controller = file.substr(0, file.find('.'));
    if (controller != "cgroup") {
        if (auto problem = enable(controller, path)) {
            return "cgroup " + name + ": " + *problem;
        }
    }
    if (const auto problem = guest::write_file(path + "/" + file, value)) {
        return "cgroup " + name + ": " + *problem + " (value \"" + std::string(value) + "\")";
    }
    return std::nullopt;
}

Problem CgroupTree::add(const std::string& name, pid_t pid) {
    return guest::write_file(procs_file(name), std::to_string(pid));
}

namespace {

// cgroup.events tells by POLLPRI that one of its lines has changed.
bool await_event(const std::string& path, std::string_view line, std::int64_t limit_ms) {
    const guest::Deadline deadline(limit_ms);
    const guest::Fd events(::open((path + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
    while (events) {
        std::string text(256, '\0');
        const auto got = ::pread(events.get(), text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (text.find(line) != std::string::npos) {
            return true;
        }
        const auto left = (deadline.at_ns() - guest::monotonic_ns()) / 1'000'000;
        if (left <= 0) {
            return false;
        }
        pollfd wait{.fd = events.get(), .events = POLLPRI};
        ::poll(&wait, 1, static_cast<int>(left));
    }
    return !is_directory(path);
}

} // namespace

Problem CgroupTree::freeze(const std::string& name, bool frozen) {
    constexpr std::int64_t freeze_limit_ms = 2000;
    if (auto problem = set(name, "cgroup.freeze", frozen ? "1" : "0")) {
        return problem;
    }
    if (!await_event(path_of(name), frozen ? "frozen 1" : "frozen 0", freeze_limit_ms)) {
        return "cgroup " + name + " did not " + (frozen ? "freeze" : "thaw") + " within 2 s";
    }
    return std::nullopt;
}

Problem CgroupTree::kill(const std::string& name) {
    const auto path = path_of(name);
    if (!used() || !is_directory(path)) {
        return std::nullopt;
    }
    if (auto problem = guest::write_file(path + "/cgroup.kill", "1")) {
        return "cgroup " + name + ": " + *problem;
    }
    return await_event(path, "populated 0", kill_limit_ms)
               ? std::nullopt
               : Problem("cgroup " + name + " still has tasks 10 s after they were killed");
}

Problem CgroupTree::remove(const std::string& name) {
    const auto path = path_of(name);
    const auto ours = std::find(made_.begin(), made_.end(), path) != made_.end();
    if (auto problem = kill(name); problem || !ours) {
        return problem;
    }
    for (auto entry = made_.end(); entry != made_.begin();) {
        --entry;
        if (*entry != path && !entry->starts_with(path + "/")) {
            continue;
        }
        if (::rmdir(entry->c_str()) != 0 && errno != ENOENT) {
            return guest::errno_text("cannot remove the cgroup " + *entry);
        }
        entry = made_.erase(entry);
    }
    return std::nullopt;
}

} // namespace ktstr::workload
