#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"

#include <algorithm>
#include <vector>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::uint64_t mib = 1ULL << 20;

// Physical addresses of `size` bytes of RAM from `offset` on: RAM goes around the hole.
std::vector<Range> around_hole(std::uint64_t offset, std::uint64_t size) {
    std::vector<Range> out;
    if (offset < hole_base) {
        const auto below = std::min(size, hole_base - offset);
        out.push_back({offset, below});
        offset += below;
        size -= below;
    }
    if (size > 0) {
        out.push_back({offset - hole_base + hole_end, size});
    }
    return out;
}

} // namespace

Result<MemoryMap> memory_map(const MachineSpec& spec) {
    TRY(check_memory(spec));
    MemoryMap map{.ram = around_hole(0, spec.memory), .nodes = {}, .window = {}};
    const auto nodes = spec.topology.nodes;
    const auto share = spec.memory / nodes / mib * mib;
    for (unsigned node = 0; node < nodes; ++node) {
        const auto last = node + 1 == nodes;
        for (const auto& piece :
             around_hole(node * share, last ? spec.memory - node * share : share)) {
            map.nodes.push_back({piece, node});
        }
    }
    // A window that would reach into the hole lies behind it.
    const auto end = map.ram.back().end();
    const auto fits = end >= hole_end || end + spec.window <= hole_base;
    map.window = {fits ? end : hole_end, spec.window};
    return map;
}

} // namespace ktstr::machine::x86_64
