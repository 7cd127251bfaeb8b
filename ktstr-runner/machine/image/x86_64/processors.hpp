// Which APIC id each CPU has: a field for the LLC, one for the core in it, one for the thread in
// that, each as wide as it must be. An LLC is a package, which is what kernels take an L3 for. SDM
// volume 3, "Hierarchical mapping of shared resources"; APM volume 3, appendix E.5.
#pragma once

#include "ktstr-runner/topology/topology.hpp"

#include <cstdint>
#include <vector>

namespace ktstr::machine::x86_64 {

// The widths of the two lower fields of an APIC id, in bits.
struct ApicFields {
    unsigned thread_bits = 0;
    unsigned core_bits = 0;

    explicit ApicFields(const Topology& topology);

    // Of all of an LLC: the rest of the id is the LLC's number.
    unsigned llc_shift() const { return thread_bits + core_bits; }
};

struct Processor {
    std::uint32_t apic_id = 0;
    unsigned node = 0;
};

// In the order in which a kernel numbers its CPUs: threads, then cores, then LLCs, then nodes.
std::vector<Processor> processors(const Topology& topology);

} // namespace ktstr::machine::x86_64
