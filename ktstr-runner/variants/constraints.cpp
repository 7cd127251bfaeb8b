#include "ktstr-runner/variants/constraints.hpp"

#include <fmt/format.h>

namespace ktstr::variants {

namespace {

std::optional<std::string> outside(std::string_view what,
                                   unsigned is,
                                   std::optional<unsigned> least,
                                   std::optional<unsigned> most) {
    const auto count = [&](unsigned number) {
        return fmt::format("{}{}", what, number == 1 ? "" : "s");
    };
    if (is < least.value_or(is)) {
        return fmt::format("it wants {} or more {}", *least, count(*least));
    }
    if (is > most.value_or(is)) {
        return fmt::format("it wants at most {} {}", *most, count(*most));
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> why_not_on(const Constraints& wants, const Topology& topology) {
    auto why = outside("CPU", topology.vcpus(), wants.min_cpus, wants.max_cpus);
    if (!why) {
        why = outside("LLC", topology.llcs, wants.min_llcs, wants.max_llcs);
    }
    if (!why) {
        why = outside("NUMA node", topology.nodes, wants.min_numa_nodes, wants.max_numa_nodes);
    }
    if (!why && wants.requires_smt) {
        why = topology.threads > 1
                  ? std::nullopt
                  : std::optional<std::string>("it wants 2 or more threads of each core");
    }
    return why;
}

std::optional<std::string> Room::why_none_for(const Topology& topology) const {
    if (topology.vcpus() <= cpus * overcommit) {
        return std::nullopt;
    }
    return fmt::format("{} vCPUs are more than {} for {} of the host",
                       topology.vcpus(),
                       overcommit,
                       cpus == 1 ? "the one CPU" : fmt::format("each of the {} CPUs", cpus));
}

} // namespace ktstr::variants
