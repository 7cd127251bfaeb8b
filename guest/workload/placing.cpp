#include "guest/workload/placing.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace ktstr::workload {

namespace {

Placed refused(std::string why, const Topology& topology) {
    return {.error = std::move(why) + " (the machine has CPUs " + topology.cpus.text() + " in " +
                     std::to_string(topology.llcs.size()) + " LLCs and " +
                     std::to_string(topology.nodes.size()) + " NUMA nodes)"};
}

Placed exactly(const std::vector<unsigned>& cpus, const Topology& topology) {
    const CpuSet set(cpus);
    const auto missing = set.without(topology.cpus);
    if (!missing.empty()) {
        return refused("there is no CPU " + missing.text(), topology);
    }
    return {.cpus = set};
}

// CPUs from a fraction of all to another: at least one.
CpuSet slice(const Topology& topology, double from, double to) {
    const auto all = topology.cpus.numbers();
    const auto count = static_cast<double>(all.size());
    const auto first = std::min(static_cast<std::size_t>(from * count), all.size() - 1);
    const auto last =
        std::clamp(static_cast<std::size_t>(std::lround(to * count)), first + 1, all.size());
    CpuSet set;
    for (auto index = first; index < last; ++index) {
        set.add(all[index]);
    }
    return set;
}

Placed part(const CpusetSpec& spec, const Topology& topology) {
    const auto all = topology.cpus.numbers();
    if (spec.of > all.size()) {
        return refused("there are fewer CPUs than " + std::to_string(spec.of) + " parts", topology);
    }
    // Whole CPUs, so that parts are disjoint; the first ones are the smaller ones when it does not
    // come out even.
    const auto first = all.size() * spec.index / spec.of;
    const auto next = all.size() * (spec.index + 1) / spec.of;
    const auto wider =
        static_cast<std::size_t>(std::lround(static_cast<double>(next - first) * spec.frac));
    CpuSet set;
    for (auto index = first; index < next + wider; ++index) {
        set.add(all[index % all.size()]); // the last part goes on into the first
    }
    return {.cpus = set};
}

} // namespace

Placed place(const CpusetSpec& spec, const Topology& topology) {
    switch (spec.kind) {
    case CpusetSpec::Kind::exact:
        return exactly(spec.cpus, topology);
    case CpusetSpec::Kind::range:
        return {.cpus = slice(topology, spec.from, spec.to)};
    case CpusetSpec::Kind::disjoint:
    case CpusetSpec::Kind::overlap:
        return part(spec, topology);
    case CpusetSpec::Kind::llc:
        if (spec.index >= topology.llcs.size()) {
            return refused("there is no LLC " + std::to_string(spec.index), topology);
        }
        return {.cpus = topology.llcs[spec.index]};
    case CpusetSpec::Kind::numa:
        if (spec.index >= topology.nodes.size() || topology.nodes[spec.index].empty()) {
            return refused("there is no NUMA node " + std::to_string(spec.index) + " with CPUs",
                           topology);
        }
        return {.cpus = topology.nodes[spec.index]};
    }
    return {};
}

namespace {

CpuSet fullest_llc(const CpuSet& own, const Topology& topology) {
    CpuSet best;
    for (const auto& llc : topology.llcs) {
        const auto shared = llc & own;
        if (shared.size() > best.size()) {
            best = shared;
        }
    }
    return best;
}

CpuSet some(const Affinity& affinity, std::uint64_t seed) {
    auto cpus = affinity.cpus;
    std::mt19937_64 random(seed);
    std::shuffle(cpus.begin(), cpus.end(), random);
    cpus.resize(std::min<std::size_t>(cpus.size(), affinity.count));
    return CpuSet(cpus);
}

} // namespace

Placed
place(const Affinity& affinity, const CpuSet& own, const Topology& topology, std::uint64_t seed) {
    switch (affinity.kind) {
    case Affinity::Kind::inherit:
        return {};
    case Affinity::Kind::single_cpu:
        return {.cpus = CpuSet::one(own.numbers().front())};
    case Affinity::Kind::llc_aligned:
        return {.cpus = fullest_llc(own, topology)};
    case Affinity::Kind::cross_cgroup:
        return {.cpus = topology.cpus};
    case Affinity::Kind::smt_sibling_pair:
        for (const auto& core : topology.cores) {
            if ((core & own).size() >= 2) {
                const auto threads = (core & own).numbers();
                return {.cpus = CpuSet({threads[0], threads[1]})};
            }
        }
        return refused("no core has two threads in " + own.text(), topology);
    case Affinity::Kind::exact:
        return exactly(affinity.cpus, topology);
    case Affinity::Kind::random_subset: {
        const auto known = exactly(affinity.cpus, topology);
        return known.error.empty() ? Placed{.cpus = some(affinity, seed)} : known;
    }
    }
    return {};
}

} // namespace ktstr::workload
