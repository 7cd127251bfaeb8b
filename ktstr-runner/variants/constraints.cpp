#include "ktstr-runner/variants/constraints.hpp"

#include <fmt/format.h>

namespace ktstr::variants {

namespace {

std::optional<std::string> outside(std::string_view what,
                                   unsigned is,
                                   std::optional<unsigned> least,
                                   std::optional<unsigned> most) {
    if (is >= least.value_or(is) && is <= most.value_or(is)) {
        return std::nullopt;
    }
    return fmt::format("it wants {}{}{} {}",
                       least ? fmt::format("{} or more", *least) : "",
                       least && most ? " and " : "",
                       most ? fmt::format("at most {}", *most) : "",
                       what);
}

} // namespace

std::optional<std::string> why_not_on(const Constraints& wants, const Topology& topology) {
    auto why = outside("CPUs", topology.vcpus(), wants.min_cpus, wants.max_cpus);
    if (!why) {
        why = outside("LLCs", topology.llcs, wants.min_llcs, wants.max_llcs);
    }
    if (!why) {
        why = outside("NUMA nodes", topology.nodes, wants.min_numa_nodes, wants.max_numa_nodes);
    }
    if (!why && wants.requires_smt) {
        why = outside("threads of each core", topology.threads, 2U, std::nullopt);
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
