// A scenario, played: backdrop, settle time, steps; what is measured meanwhile.
#pragma once

#include "guest/workload/crew.hpp"
#include "guest/workload/measured.hpp"

namespace ktstr::workload {

class Play final {
public:
    Play(const Scenario& scenario, Surroundings& around);

    // Why it could not be played to its end. All that it made is gone when this returns.
    Problem perform();

    const Measured& measured() const { return measured_; }

private:
    Problem perform_all();
    Problem set_up(const std::vector<Op>& ops, const std::vector<CgroupDef>& defs);
    Problem perform_step(const Step& step);
    Problem hold_until(std::int64_t until_ns);
    std::int64_t planned_hold_ns() const;
    std::int64_t snapshot_due_ns(std::int64_t until_ns) const;
    void take_snapshot();
    Problem loop(const Step& step, std::int64_t until_ns);
    Problem tear_down();

    Problem make(const CgroupDef& def);
    Problem limit(const CgroupDef& def);
    Problem spawn(const WorkSpec& spec, const std::string& cgroup);
    Problem obey(const Op& op); // play_ops.cpp
    Problem obey_all(const std::vector<Op>& ops);
    Problem obey_cgroup(const Op& op);
    Problem obey_scheduler(const Op& op);
    Problem set_cpuset(const std::string& cgroup, const std::optional<CpuSet>& cpus);
    Problem swap_cpusets(const std::string& a, const std::string& b);
    Problem freeze(const std::string& cgroup, bool frozen);
    Problem move_tasks(const std::string& from, const std::string& to);
    Problem remove(const std::string& cgroup);
    Problem end_workers(const std::function<bool(const Worker&)>& which);

    // Measuring (play_measure.cpp).
    void begin_phase();
    void end_phase();
    using Which = std::function<bool(const Worker&)>;
    void begin_measuring(const Which& which);
    void end_measuring(const Which& which);
    Group& group_of(const Worker& worker);
    WorkerRow& row_of(const Worker& worker);
    void record(const Worker& worker, const Counters& counters, std::int64_t now_ns);
    void look_at_pages(const Worker& worker, Pages& pages) const;

    // Of the cgroup or the nearest above that has some; all CPUs else.
    CpuSet cpus_of(const std::string& cgroup) const;
    void note(std::string what);

    struct Known {
        unsigned scope = 0;
        std::optional<CpuSet> cpus;
        std::vector<unsigned> mems;
    };

    const Scenario& scenario_;
    Surroundings& around_;
    Topology topology_;
    CgroupTree cgroups_;
    Crew crew_;
    std::map<std::string, Known> known_; // cgroups by their names
    Measured measured_;
    unsigned scope_ = 0;    // 0: the backdrop, N + 1: step N
    bool in_phase_ = false; // between begin_phase() and end_phase()
    // Of the scenario's duration; what it takes to set steps up is none of it.
    std::int64_t held_ns_ = 0;
    std::int64_t hold_begin_ns_ = 0; // of this step
    unsigned snapshots_ = 0;         // taken
    HostTime host_begin_;
    std::vector<ProgramCost> programs_begin_;
};

} // namespace ktstr::workload
