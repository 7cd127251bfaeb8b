#include "guest/workload/play.hpp"

#include "guest/workload/parse_work.hpp"
#include "guest/workload/placing.hpp"

#include <algorithm>
#include <cmath>

namespace ktstr::workload {

Play::Play(const Scenario& scenario, Surroundings& around)
    : scenario_(scenario), around_(around), topology_(read_topology()), cgroups_(scenario.root),
      crew_(topology_, cgroups_, around) {}

void Play::note(std::string what) {
    constexpr std::size_t most_moments = 10'000; // a loop may go on for long
    if (measured_.timeline.size() < most_moments) {
        measured_.timeline.push_back({.at_ns = guest::monotonic_ns(), .what = std::move(what)});
    }
}

Problem Play::perform() {
    if (crew_.problem()) {
        return crew_.problem();
    }
    const auto begin_ns = guest::monotonic_ns();
    auto problem = perform_all();
    measured_.duration_ns = guest::monotonic_ns() - begin_ns;
    // Everything goes, also after a problem; the first is what is told.
    for (const auto scope : {scope_, 0U}) {
        scope_ = scope;
        const auto another = tear_down();
        problem = problem ? problem : another;
    }
    return problem;
}

Problem Play::perform_all() {
    if (auto problem = set_up(scenario_.backdrop_ops, scenario_.backdrop_cgroups)) {
        return "backdrop: " + *problem;
    }
    begin_phase();
    auto problem = hold_until(guest::monotonic_ns() + scenario_.settle_ns);
    end_phase();
    if (problem) {
        return problem;
    }
    for (std::size_t index = 0; index < scenario_.steps.size(); ++index) {
        scope_ = static_cast<unsigned>(index) + 1;
        const auto name = "step " + std::to_string(index);
        note(name);
        if (problem = perform_step(scenario_.steps[index]); problem) {
            return name + ": " + *problem;
        }
    }
    return std::nullopt;
}

Problem Play::set_up(const std::vector<Op>& ops, const std::vector<CgroupDef>& defs) {
    if (auto problem = obey_all(ops)) {
        return problem;
    }
    for (const auto& def : defs) {
        if (auto problem = make(def)) {
            return problem;
        }
    }
    return crew_.open_gate();
}

Problem Play::perform_step(const Step& step) {
    const bool loops = step.hold.kind == Hold::Kind::loop;
    static const std::vector<Op> none;
    if (auto problem = set_up(loops ? none : step.ops, step.cgroups)) {
        return problem;
    }
    begin_phase();
    const auto now = guest::monotonic_ns();
    hold_begin_ns_ = now;
    const auto left = std::max<std::int64_t>(0, scenario_.duration_ns - held_ns_);
    const auto part = static_cast<std::int64_t>(
        std::llround(step.hold.frac * static_cast<double>(scenario_.duration_ns)));
    Problem problem;
    switch (step.hold.kind) {
    case Hold::Kind::frac:
        problem = hold_until(now + std::min(part, left));
        break;
    case Hold::Kind::fixed:
        problem = hold_until(now + step.hold.ns);
        break;
    case Hold::Kind::loop:
        problem = loop(step, now + left);
        break;
    }
    end_phase();
    held_ns_ += guest::monotonic_ns() - now;
    const auto another = tear_down();
    return problem ? problem : another;
}

Problem Play::loop(const Step& step, std::int64_t until_ns) {
    const auto interval_ns = step.hold.ns;
    auto next = guest::monotonic_ns();
    do {
        if (auto problem = obey_all(step.ops)) {
            return problem;
        }
        if (auto problem = crew_.open_gate()) {
            return problem;
        }
        begin_measuring([](const Worker& worker) { return !worker.measured; });
        // An op that took longer than the interval is followed by a whole one.
        next = std::max(next + interval_ns, guest::monotonic_ns() + interval_ns / 2);
        if (auto problem = hold_until(std::min(next, until_ns))) {
            return problem;
        }
    } while (guest::monotonic_ns() < until_ns);
    return std::nullopt;
}

// The engine has nothing to do meanwhile but to see whether it is still wanted, ten times a second.
Problem Play::hold_until(std::int64_t until_ns) {
    constexpr std::int64_t look_ns = 100'000'000;
    for (auto now = guest::monotonic_ns(); now < until_ns; now = guest::monotonic_ns()) {
        if (around_.cancelled()) {
            return "cancelled";
        }
        const auto snapshot_ns = snapshot_due_ns(until_ns);
        if (snapshot_ns <= now) {
            take_snapshot();
            continue;
        }
        if (auto problem = crew_.listen(std::min({until_ns, now + look_ns, snapshot_ns}))) {
            return problem;
        }
    }
    // On a machine that is late, those that were due meanwhile.
    while (snapshot_due_ns(until_ns + 1) <= until_ns) {
        take_snapshot();
    }
    return std::nullopt;
}

Problem Play::tear_down() {
    auto problem = end_workers([this](const Worker& worker) { return worker.scope == scope_; });
    std::vector<std::string> names;
    for (const auto& [name, known] : known_) {
        if (known.scope == scope_) {
            names.push_back(name);
        }
    }
    // Longer names first: what lies below goes before what lies above.
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
        return a.size() > b.size();
    });
    for (const auto& name : names) {
        const auto another = remove(name);
        problem = problem ? problem : another;
    }
    return problem;
}

Problem Play::make(const CgroupDef& def) {
    if (known_.count(def.name) != 0) {
        return "the cgroup " + def.name + " is there already";
    }
    if (auto problem = cgroups_.make(def.name)) {
        return problem;
    }
    known_[def.name].scope = scope_;
    if (auto problem = limit(def)) {
        return problem;
    }
    for (const auto& work : def.works) {
        if (auto problem = spawn(work, def.name)) {
            return problem;
        }
    }
    return std::nullopt;
}

Problem Play::limit(const CgroupDef& def) {
    if (def.cpuset_mems) {
        known_[def.name].mems = *def.cpuset_mems;
        if (auto problem = cgroups_.set(def.name, "cpuset.mems", CpuSet(*def.cpuset_mems).text())) {
            return problem;
        }
    }
    if (def.cpuset) {
        const auto placed = place(*def.cpuset, topology_);
        if (!placed.error.empty()) {
            return "cgroup " + def.name + ", cpuset: " + placed.error;
        }
        if (auto problem = set_cpuset(def.name, placed.cpus)) {
            return problem;
        }
    }
    for (const auto& [file, value] : def.limits) {
        if (auto problem = cgroups_.set(def.name, file, value)) {
            return problem;
        }
    }
    return std::nullopt;
}

Problem Play::spawn(const WorkSpec& spec, const std::string& cgroup) {
    const auto cpus = cpus_of(cgroup);
    auto count = spec.workers.value_or(scenario_.workers_per_cgroup);
    if (spec.workers_pct) {
        count = static_cast<unsigned>(
            std::lround(*spec.workers_pct / 100 * static_cast<double>(cpus.size())));
    }
    const auto together = spec.type.together;
    count = std::max(1U, (count + together - 1) / together) * together; // whole groups
    measured_.work.insert(name_of(spec.type.kind));
    return crew_.spawn(spec, count, {.cgroup = cgroup, .cpus = cpus, .scope = scope_});
}

CpuSet Play::cpus_of(const std::string& cgroup) const {
    for (auto name = cgroup; !name.empty();) {
        const auto known = known_.find(name);
        if (known != known_.end() && known->second.cpus) {
            return *known->second.cpus;
        }
        const auto slash = name.rfind('/');
        name.resize(slash == std::string::npos ? 0 : slash);
    }
    return topology_.cpus;
}

} // namespace ktstr::workload
