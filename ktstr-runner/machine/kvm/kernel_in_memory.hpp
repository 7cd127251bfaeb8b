// A kernel with all that it is told, ready to be put into a machine's RAM.
#pragma once

#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace ktstr::machine::kvm {

class KernelInMemory final {
public:
    // Looks at everything and copies nothing. Refused when kernel, initramfs or command line do not
    // fit.
    static Result<KernelInMemory>
    prepare(const MachineSpec& spec, const machine::x86_64::MemoryMap& map, std::uint64_t tsc_khz);

    // `ram` is zeros, in the order of the map's pieces, of which the first begins at address 0.
    void put(std::span<std::byte> ram) const;

    // Where the first CPU enters it.
    std::uint64_t entry() const { return entry_; }

private:
    struct Piece {
        std::uint64_t address;
        std::span<const std::byte> bytes;
    };

    KernelInMemory() = default;

    Result<> add(const machine::x86_64::MemoryMap& map,
                 std::uint64_t address,
                 std::span<const std::byte> bytes,
                 std::string_view what);
    Result<> add_own(const machine::x86_64::MemoryMap& map,
                     std::uint64_t address,
                     std::span<const std::byte> bytes,
                     std::string_view what);

    std::vector<MappedFile> files_;
    std::vector<std::vector<std::byte>> own_; // what was made for this machine
    std::vector<Piece> pieces_;               // into these two
    std::uint64_t entry_ = 0;
};

} // namespace ktstr::machine::kvm
