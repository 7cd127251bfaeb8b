// What a scenario has measured: by phase, by cgroup, by worker.
#pragma once

#include "guest/workload/run.hpp"
#include "guest/workload/sample.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ktstr::workload {

// Where pages of workers' buffers lie.
struct Pages {
    std::uint64_t seen = 0;
    std::uint64_t local = 0; // on a node that the worker's memory should be on
    std::uint64_t slow = 0;  // on a node without CPUs

    void add(const Pages& more);
};

struct WorkerRow {
    pid_t tid = 0;
    Tally tally;
    std::int64_t measured_ns = 0; // for how long it was there
    CpuSet outside;               // CPUs it was seen on that its cgroup's cpuset does not have
    bool counted = true;          // false: custom, and its report is still to come
};

struct Group {
    std::map<unsigned, WorkerRow> workers; // by their numbers
    Wakes wakes;
    Pages pages;

    Tally total() const;
    void add(const Group& later);
};

// What each program cost between two looks; those that did not run are left out.
std::vector<ProgramCost> costs_between(const std::vector<ProgramCost>& before,
                                       const std::vector<ProgramCost>& after);

struct PhaseRecord {
    unsigned index = 0;        // 0: the baseline; N + 1: step N
    std::int64_t begin_ns = 0; // CLOCK_MONOTONIC
    std::int64_t end_ns = 0;
    std::string scheduler;             // empty: the kernel's own
    HostTime host;                     // of all CPUs, over the phase
    std::vector<ProgramCost> programs; // that ran in it
    std::map<std::string, Group> cgroups;

    std::string name() const {
        return index == 0 ? "baseline" : "step " + std::to_string(index - 1);
    }
};

struct Moment {
    std::int64_t at_ns = 0;
    std::string what;
};

struct Measured {
    std::vector<PhaseRecord> phases;
    std::vector<Moment> timeline;
    std::vector<std::string> mishaps; // that make it a failure: a worker died
    std::set<std::string_view> work;  // kinds of work that were done
    std::int64_t duration_ns = 0;

    std::map<std::string, Group> cgroups() const; // over all phases
};

} // namespace ktstr::workload
