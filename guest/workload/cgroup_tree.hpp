// The cgroups of a scenario (version 2, Documentation/admin-guide/cgroup-v2.rst): made, limited,
// emptied and removed by their names below the scenario's root.
#pragma once

#include "guest/base/os.hpp"
#include "guest/workload/cpu_set.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace ktstr::workload {

using guest::Problem;

class CgroupTree final {
public:
    // `root` lies below `mount`; an empty one means that no cgroups are used, and all but make()
    // and remove() is refused.
    explicit CgroupTree(std::string root, std::string mount = "/sys/fs/cgroup");

    // What was made and not removed goes, without a word if it cannot.
    ~CgroupTree();
    CgroupTree(const CgroupTree&) = delete;
    CgroupTree& operator=(const CgroupTree&) = delete;

    bool used() const { return !root_.empty(); }

    // With its parents. One that somebody else has made is taken, and not removed.
    Problem make(const std::string& name);

    // Writes a file of it. The controller is enabled in all cgroups above.
    Problem set(const std::string& name, const std::string& file, std::string_view value);
    Problem add(const std::string& name, pid_t pid);
    Problem freeze(const std::string& name, bool frozen);

    // Kills all in it and below, and waits until they are gone (at most 10 s).
    Problem kill(const std::string& name);

    // Kills likewise, then removes it, with those below that were made here.
    Problem remove(const std::string& name);

    // cgroup.procs; empty without cgroups. The name "" is the root of all.
    std::string procs_file(const std::string& name) const;

private:
    std::string path_of(const std::string& name) const;
    Problem make_directory(const std::string& path);
    Problem enable(std::string_view controller, const std::string& path) const;

    std::string root_;
    std::string mount_;
    std::vector<std::string> made_; // paths, parents first
};

} // namespace ktstr::workload
