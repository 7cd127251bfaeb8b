// What of a Play obeys ops.
#include "guest/workload/placing.hpp"
#include "guest/workload/play.hpp"

#include <signal.h>

#include <algorithm>

namespace ktstr::workload {

namespace {

auto of_cgroup(const std::string& cgroup) {
    return [&cgroup](const Worker& worker) { return worker.cgroup == cgroup; };
}

// Of the cgroup and of those below it.
bool lies_in(const std::string& name, const std::string& cgroup) {
    return name == cgroup || name.starts_with(cgroup + "/");
}

bool unmeasured(const Worker& worker) {
    return !worker.measured;
}

} // namespace

Problem Play::obey_all(const std::vector<Op>& ops) {
    for (const auto& op : ops) {
        if (around_.cancelled()) {
            return "cancelled";
        }
        note(op.name + (op.first.empty() ? "" : " " + op.first) +
             (op.second.empty() ? "" : " " + op.second));
        if (auto problem = obey(op)) {
            return op.name + ": " + *problem;
        }
    }
    return std::nullopt;
}

Problem Play::obey(const Op& op) {
    for (const auto& name : {op.first, op.second}) {
        if (!name.empty() && op.kind != Op::Kind::add_cgroup && known_.count(name) == 0) {
            return "there is no cgroup " + name;
        }
    }
    return op.first.empty() ? obey_scheduler(op) : obey_cgroup(op);
}

Problem Play::obey_cgroup(const Op& op) {
    switch (op.kind) {
    case Op::Kind::add_cgroup:
        return make({.name = op.first});
    case Op::Kind::remove_cgroup:
        return remove(op.first);
    case Op::Kind::set_cpuset: {
        const auto placed = place(op.cpus, topology_);
        return placed.error.empty() ? set_cpuset(op.first, placed.cpus) : Problem(placed.error);
    }
    case Op::Kind::clear_cpuset:
        return set_cpuset(op.first, std::nullopt);
    case Op::Kind::swap_cpusets:
        return swap_cpusets(op.first, op.second);
    case Op::Kind::spawn:
        return spawn(op.work, op.first);
    case Op::Kind::stop_cgroup:
        return end_workers(of_cgroup(op.first));
    case Op::Kind::set_affinity:
        return crew_.set_affinity(op.first, op.affinity, cpus_of(op.first));
    case Op::Kind::move_all_tasks:
        return move_tasks(op.first, op.second);
    case Op::Kind::freeze_cgroup:
        return freeze(op.first, true);
    case Op::Kind::unfreeze_cgroup:
        return freeze(op.first, false);
    default:
        return "is no op of a cgroup";
    }
}

Problem Play::obey_scheduler(const Op& op) {
    switch (op.kind) {
    case Op::Kind::spawn_host:
        return spawn(op.work, "");
    case Op::Kind::detach_scheduler:
        return around_.scheduler("detach", "");
    case Op::Kind::attach_scheduler:
        return around_.scheduler("attach", "");
    case Op::Kind::restart_scheduler:
        return around_.scheduler("restart", "");
    case Op::Kind::replace_scheduler:
        return around_.scheduler("replace", op.scheduler);
    default:
        return "is no op of a scheduler";
    }
}

// Whoever is measured with the old CPUs is measured anew with those that it gets.
Problem Play::set_cpuset(const std::string& cgroup, const std::optional<CpuSet>& cpus) {
    end_measuring([&](const Worker& worker) { return lies_in(worker.cgroup, cgroup); });
    const auto text = cpus ? cpus->text() : std::string("\n");
    if (auto problem = cgroups_.set(cgroup, "cpuset.cpus", text)) {
        return problem;
    }
    known_[cgroup].cpus = cpus;
    begin_measuring(unmeasured);
    return std::nullopt;
}

Problem Play::swap_cpusets(const std::string& a, const std::string& b) {
    const auto of_a = known_[a].cpus;
    const auto of_b = known_[b].cpus;
    if (auto problem = set_cpuset(a, of_b)) {
        return problem;
    }
    return set_cpuset(b, of_a);
}

// Without cgroups the workers are stopped by a signal instead.
Problem Play::freeze(const std::string& cgroup, bool frozen) {
    if (cgroups_.used()) {
        return cgroups_.freeze(cgroup, frozen);
    }
    for (const auto& worker : crew_.workers()) {
        if (worker.cgroup == cgroup) {
            ::kill(worker.pid, frozen ? SIGSTOP : SIGCONT);
        }
    }
    return std::nullopt;
}

// A worker joins the cgroup that it was started in by itself: only then can it be moved.
Problem Play::move_tasks(const std::string& from, const std::string& to) {
    if (auto problem = crew_.await_arrival(of_cgroup(from))) {
        return problem;
    }
    end_measuring(of_cgroup(from));
    for (auto& worker : crew_.workers()) {
        if (worker.cgroup != from) {
            continue;
        }
        if (cgroups_.used()) {
            if (auto problem = cgroups_.add(to, worker.pid)) {
                return problem;
            }
        }
        worker.cgroup = to;
    }
    begin_measuring(unmeasured);
    return std::nullopt;
}

Problem Play::end_workers(const std::function<bool(const Worker&)>& which) {
    end_measuring(which);
    for (auto& text : crew_.dead(which)) {
        measured_.mishaps.push_back(std::move(text));
    }
    return crew_.end(which, [this](const Worker& worker, const CustomReport& report) {
        if (!measured_.phases.empty()) {
            record(worker, {.tally = report.tally, .wakes = report.wakes}, worker.begin_ns);
            row_of(worker).counted = true;
        }
    });
}

Problem Play::remove(const std::string& cgroup) {
    const auto inside = [&](const Worker& worker) { return lies_in(worker.cgroup, cgroup); };
    if (auto problem = end_workers(inside)) {
        return problem;
    }
    std::erase_if(known_, [&](const auto& known) { return lies_in(known.first, cgroup); });
    return cgroups_.used() ? cgroups_.remove(cgroup) : std::nullopt;
}

} // namespace ktstr::workload
