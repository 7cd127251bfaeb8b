// A worker's way from the fork to its gate. It allocates nothing that it does not have to: the
// engine may have been in the middle of anything when it forked.
#pragma once

#include "guest/workload/identity.hpp"
#include "guest/workload/shared.hpp"

#include <span>
#include <string>

namespace ktstr::workload {

struct WorkerPlan {
    const WorkSpec* spec = nullptr;
    CpuSet affinity; // empty: as its cgroup has it
    std::size_t role = 0;
    GroupPage* group = nullptr;
    std::span<WorkerPage> members; // of the group
    int read_from = -1;
    int write_to = -1;
    std::uint64_t delay_ns = 0; // from the gate's opening

    WorkerPage& page() const { return members[role]; }
};

// The body of a forked process: it joins the cgroup (cgroup.procs; empty: none), and does the work
// of the one plan, or of all in a thread each.
struct ProcessPlan {
    std::string cgroup_procs;
    std::span<const WorkerPlan> workers;
    bool threads = false;
    std::uint32_t gate = 0; // number of theirs
};

[[noreturn]] void worker_process(const ProcessPlan& plan, ControlPage& control);

} // namespace ktstr::workload
