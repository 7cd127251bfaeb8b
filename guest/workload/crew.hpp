// The workers of a scenario: started at a gate, let go together, ended.
#pragma once

#include "guest/wire/random.hpp"
#include "guest/workload/cgroup_tree.hpp"
#include "guest/workload/custom.hpp"
#include "guest/workload/run.hpp"
#include "guest/workload/sample.hpp"
#include "guest/workload/scenario.hpp"
#include "guest/workload/topology.hpp"
#include "guest/workload/worker.hpp"

#include <functional>
#include <list>
#include <memory>
#include <span>

namespace ktstr::workload {

// Workers of one WorkSpec, and what they share.
struct Batch {
    WorkSpec spec;
    SharedMemory pages;
    SharedMemory groups;
};

struct Worker {
    unsigned number = 0;        // the same never again in a scenario
    pid_t pid = 0;              // process
    pid_t tid = 0;              // thread; 0: not yet known
    WorkerPage* page = nullptr; // nullptr: custom
    std::shared_ptr<Batch> batch;
    std::string cgroup;   // empty: the guest's root
    unsigned scope = 0;   // whose it is: 0 the backdrop, N + 1 step N
    bool started = false; // its gate was opened
    // Of the measuring that is going on.
    bool measured = false;
    std::int64_t begin_ns = 0;
    Counters base;
    CpuSet allowed; // of all cpusets that it was measured in; a custom worker reports once

    bool is_custom() const { return page == nullptr; }
};

using Workers = std::list<Worker>;

class Crew final {
public:
    Crew(const Topology& topology, CgroupTree& cgroups, Surroundings& around);

    // All are killed.
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    const Problem& problem() const { return problem_; }

    ControlPage& control() { return *control_; }

    Workers& workers() { return workers_; }

    struct Place {
        std::string cgroup;
        CpuSet cpus; // of the cgroup
        unsigned scope = 0;
    };

    // So many workers, which wait at their gate.
    Problem spawn(const WorkSpec& spec, unsigned count, const Place& place);

    using Which = std::function<bool(const Worker&)>;

    // Waits until these have come to their gate or have ended, at most 2 s in all: a scheduler may
    // starve them even there. Then one of them that has not come is told.
    Problem await_arrival(const Which& which) const;

    // Opens it for those that have come, and for the others when they come: that they are starved
    // is what a test wants to find.
    Problem open_gate();

    // Affinity of workers that are there; awaits them, since each begins with that of its spec.
    Problem set_affinity(const std::string& cgroup, const Affinity& affinity, const CpuSet& own);

    // Kills and forgets them. Custom ones are asked for their reports first: `reported` gets them.
    using Reported = std::function<void(const Worker&, const CustomReport&)>;
    Problem end(const Which& which, const Reported& reported);

    // Custom workers' lines from the client, until this time or until one came.
    Problem listen(std::int64_t until_ns);

    // Those of these that have ended although nobody ended them, in words.
    std::vector<std::string> dead(const Which& which) const;

private:
    Problem fork_batch(const std::shared_ptr<Batch>& batch, unsigned count, const Place& place);

    struct Forked {
        std::vector<pid_t> pids; // 0: not forked
        Problem problem;
    };

    std::vector<unsigned> start_order(unsigned count);
    Forked fork_all(std::span<const WorkerPlan> plans, bool threads, const std::string& cgroup);
    Problem fork_custom(const std::shared_ptr<Batch>& batch, unsigned count, const Place& place);
    Problem await_reports(const std::vector<unsigned>& numbers);
    Problem failures() const;

    const Topology& topology_;
    CgroupTree& cgroups_;
    Surroundings& around_;
    SharedMemory memory_;
    ControlPage* control_ = nullptr;
    std::optional<wire::Random> varied_; // absent: nothing is
    Workers workers_;
    CustomWorkers custom_;
    Problem problem_;
    unsigned last_number_ = 0;
};

} // namespace ktstr::workload
