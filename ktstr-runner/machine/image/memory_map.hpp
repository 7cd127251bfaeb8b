// Where a machine's memory lies in its physical addresses. An architecture's memory_map() makes
// one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace ktstr::machine {

struct Range {
    std::uint64_t base = 0;
    std::uint64_t size = 0;

    std::uint64_t end() const { return base + size; }

    bool operator==(const Range&) const = default;
};

struct NodeRange : Range {
    unsigned node = 0;

    bool operator==(const NodeRange&) const = default;
};

struct MemoryMap {
    std::vector<Range> ram;       // that of the kernel, in one or two pieces
    std::vector<NodeRange> nodes; // whose it is
    Range window;                 // above all of it, in no table: the kernel does not know of it

    // Bytes of RAM; its offset in the memory file follows from the pieces' order.
    std::uint64_t ram_size() const {
        std::uint64_t sum = 0;
        for (const auto& piece : ram) {
            sum += piece.size;
        }
        return sum;
    }

    // Where in the memory file so many bytes from a physical address lie; absent when they are not
    // all in one piece of RAM.
    std::optional<std::uint64_t> offset_in_ram(std::uint64_t physical, std::uint64_t size) const {
        std::uint64_t offset = 0;
        for (const auto& piece : ram) {
            if (physical >= piece.base && size <= piece.size &&
                physical - piece.base <= piece.size - size) {
                return offset + (physical - piece.base);
            }
            offset += piece.size;
        }
        return std::nullopt;
    }
};

} // namespace ktstr::machine
