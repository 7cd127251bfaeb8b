// A kernel with all that it is told, ready to be put into a machine's RAM.
#pragma once

#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/machine/image/memory_map.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace ktstr::machine::kvm {

class KernelInMemory final {
public:
    explicit KernelInMemory(const MemoryMap& map) : place_(map.ram.front()) {}

    // The file's bytes are there for as long as this is.
    std::span<const std::byte> keep(MappedFile file);

    // `bytes` come to be at `address`, over what was added before. Refused where the first piece of
    // memory has no place for them; `what` is said then. The bytes of add() are a kept file's; what
    // was made for this machine is given to add_own().
    Result<> add(std::uint64_t address, std::span<const std::byte> bytes, std::string_view what);
    Result<> add_own(std::uint64_t address, std::vector<std::byte> bytes, std::string_view what);

    // Where the first CPU enters it.
    std::uint64_t entry = 0;

    // `ram` is zeros, in the order of the map's pieces.
    void put(std::span<std::byte> ram) const;

private:
    struct Piece {
        std::uint64_t address;
        std::span<const std::byte> bytes;
    };

    Range place_;
    std::vector<MappedFile> files_;
    std::vector<std::vector<std::byte>> own_;
    std::vector<Piece> pieces_; // into these two
};

} // namespace ktstr::machine::kvm
