#include "ktstr-runner/machine/image/x86_64/processors.hpp"

#include <bit>

namespace ktstr::machine::x86_64 {

ApicFields::ApicFields(const Topology& topology)
    : thread_bits(static_cast<unsigned>(std::bit_width(topology.threads - 1))),
      core_bits(static_cast<unsigned>(std::bit_width(topology.cores - 1))) {}

std::vector<Processor> processors(const Topology& topology) {
    const ApicFields fields(topology);
    std::vector<Processor> out;
    out.reserve(topology.vcpus());
    for (unsigned llc = 0; llc < topology.llcs; ++llc) {
        for (unsigned core = 0; core < topology.cores; ++core) {
            for (unsigned thread = 0; thread < topology.threads; ++thread) {
                out.push_back(
                    {.apic_id = llc << fields.llc_shift() | core << fields.thread_bits | thread,
                     .node = topology.node_of(llc)});
            }
        }
    }
    return out;
}

} // namespace ktstr::machine::x86_64
