#include "ktstr-runner/host/lease_placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ktstr::host {

namespace {

using Llcs = std::vector<const Llc*>;

bool has_llc(std::span<const Taken> taken, unsigned id) {
    return std::ranges::any_of(
        taken, [&](const Taken& one) { return std::ranges::find(one.llcs, id) != one.llcs.end(); });
}

bool keeps_house(std::span<const Taken> taken, unsigned cpu) {
    return std::ranges::any_of(taken, [&](const Taken& one) { return one.housekeeping == cpu; });
}

bool has_housekeeping(std::span<const Taken> taken, const Llc& llc) {
    return std::ranges::any_of(llc.cpus, [&](unsigned cpu) { return keeps_house(taken, cpu); });
}

// As few as possible; the last of them the smallest that will do, so that large ones stay whole.
// Empty: they are too few together.
Llcs pick(Llcs from, std::size_t cpus) {
    std::ranges::sort(from, [](const Llc* a, const Llc* b) {
        return std::pair(b->cpus.size(), a->id) < std::pair(a->cpus.size(), b->id);
    });
    Llcs picked;
    for (auto at = from.begin(); at != from.end(); ++at) {
        if ((*at)->cpus.size() < cpus) {
            cpus -= (*at)->cpus.size();
            picked.push_back(*at);
            continue;
        }
        const Llc* least = *at;
        for (auto smaller = at; smaller != from.end() && (*smaller)->cpus.size() >= cpus;
             ++smaller) {
            least = (*smaller)->cpus.size() < least->cpus.size() ? *smaller : least;
        }
        picked.push_back(least);
        return picked;
    }
    return {};
}

template <class Key> void pick_within(const Llcs& free, std::size_t cpus, Key key, Llcs& best) {
    std::set<unsigned> groups;
    for (const auto* llc : free) {
        groups.insert(key(*llc));
    }
    for (const auto group : groups) {
        Llcs members;
        std::ranges::copy_if(
            free, std::back_inserter(members), [&](const Llc* llc) { return key(*llc) == group; });
        auto picked = pick(std::move(members), cpus);
        if (!picked.empty() && (best.empty() || picked.size() < best.size())) {
            best = std::move(picked);
        }
    }
}

// In an LLC that serves as one already, if possible: that cannot be had whole anyhow.
std::optional<unsigned>
find_housekeeping(const CpuTopology& topology, std::span<const Taken> taken, const Llcs& picked) {
    std::optional<unsigned> found;
    for (const auto& llc : topology.llcs) {
        if (has_llc(taken, llc.id) || std::ranges::find(picked, &llc) != picked.end()) {
            continue;
        }
        const auto cpu =
            std::ranges::find_if(llc.cpus, [&](unsigned one) { return !keeps_house(taken, one); });
        if (cpu != llc.cpus.end() && has_housekeeping(taken, llc)) {
            return *cpu;
        }
        if (cpu != llc.cpus.end() && !found) {
            found = *cpu;
        }
    }
    return found;
}

} // namespace

std::optional<Placement>
place(const CpuTopology& topology, std::span<const Taken> taken, unsigned vcpus) {
    Llcs free;
    for (const auto& llc : topology.llcs) {
        if (!has_llc(taken, llc.id) && !has_housekeeping(taken, llc)) {
            free.push_back(&llc);
        }
    }
    Llcs picked;
    pick_within(free, vcpus, [](const Llc& llc) { return llc.node; }, picked);
    pick_within(free, vcpus, [](const Llc& llc) { return llc.package; }, picked);
    pick_within(free, vcpus, [](const Llc&) { return 0U; }, picked);
    const auto housekeeping = find_housekeeping(topology, taken, picked);
    if (picked.empty() || !housekeeping) {
        return std::nullopt;
    }
    Placement placement{.llcs = {}, .cpus = {}, .housekeeping = *housekeeping};
    for (const auto* llc : picked) {
        placement.llcs.push_back(llc->id);
        placement.cpus.insert(placement.cpus.end(), llc->cpus.begin(), llc->cpus.end());
    }
    std::ranges::sort(placement.llcs);
    placement.cpus = as_cpu_list(std::move(placement.cpus));
    return placement;
}

std::size_t places(const CpuTopology& topology, unsigned vcpus) {
    std::vector<Taken> taken;
    while (const auto next = place(topology, taken, vcpus)) {
        taken.push_back({.llcs = next->llcs, .housekeeping = next->housekeeping});
    }
    return taken.size();
}

std::optional<std::string> why_no_place(const CpuTopology& topology, unsigned vcpus) {
    if (place(topology, {}, vcpus)) {
        return std::nullopt;
    }
    return fmt::format("{} vCPUs need whole LLCs with a CPU for each, and one CPU outside of them; "
                       "of this host may be used: {} {}, {} {}",
                       vcpus,
                       topology.llcs.size(),
                       topology.llcs.size() == 1 ? "LLC" : "LLCs",
                       topology.cpus().size(),
                       topology.cpus().size() == 1 ? "CPU" : "CPUs");
}

CpuList shared_cpus(const CpuTopology& topology, std::span<const Taken> taken) {
    CpuList cpus;
    CpuList housekeeping;
    for (const auto& llc : topology.llcs) {
        if (has_llc(taken, llc.id)) {
            continue;
        }
        for (const auto cpu : llc.cpus) {
            (keeps_house(taken, cpu) ? housekeeping : cpus).push_back(cpu);
        }
    }
    return as_cpu_list(cpus.empty() ? housekeeping : cpus);
}

std::vector<unsigned> pin_order(const CpuTopology& topology,
                                const Placement& placement,
                                unsigned vcpus,
                                unsigned threads) {
    std::vector<CpuList> cores;
    for (const auto id : placement.llcs) {
        if (const auto* llc = topology.llc_with(id)) {
            cores.insert(cores.end(), llc->cores.begin(), llc->cores.end());
        }
    }
    const bool alone = threads == 1 && cores.size() >= vcpus;
    std::vector<unsigned> order;
    for (const auto& core : cores) {
        for (std::size_t i = 0; i < (alone ? 1 : core.size()) && order.size() < vcpus; ++i) {
            order.push_back(core[i]);
        }
    }
    return order;
}

} // namespace ktstr::host
