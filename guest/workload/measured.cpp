#include "guest/workload/measured.hpp"

namespace ktstr::workload {

void Pages::add(const Pages& more) {
    seen += more.seen;
    local += more.local;
    slow += more.slow;
}

Tally Group::total() const {
    Tally total;
    for (const auto& [number, worker] : workers) {
        total.add(worker.tally);
    }
    return total;
}

void Group::add(const Group& later) {
    for (const auto& [number, worker] : later.workers) {
        const bool fresh = workers.count(number) == 0;
        auto& row = workers[number];
        row.counted = worker.counted || (!fresh && row.counted);
        row.tid = worker.tid;
        row.tally.add(worker.tally);
        row.measured_ns += worker.measured_ns;
        row.outside = row.outside | worker.outside;
    }
    wakes.add(later.wakes);
    pages.add(later.pages);
}

std::vector<ProgramCost> costs_between(const std::vector<ProgramCost>& before,
                                       const std::vector<ProgramCost>& after) {
    std::map<std::uint32_t, ProgramCost> known;
    for (const auto& program : before) {
        known[program.id] = program;
    }
    std::vector<ProgramCost> costs;
    for (const auto& now : after) {
        const auto& was = known[now.id]; // none, if it came in between
        if (now.run_cnt > was.run_cnt) {
            costs.push_back({.id = now.id,
                             .run_cnt = now.run_cnt - was.run_cnt,
                             .run_time_ns = now.run_time_ns - was.run_time_ns});
        }
    }
    return costs;
}

std::map<std::string, Group> Measured::cgroups() const {
    std::map<std::string, Group> all;
    for (const auto& phase : phases) {
        for (const auto& [name, group] : phase.cgroups) {
            all[name].add(group);
        }
    }
    return all;
}

} // namespace ktstr::workload
