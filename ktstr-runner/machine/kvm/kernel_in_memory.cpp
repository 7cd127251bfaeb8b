#include "ktstr-runner/machine/kvm/kernel_in_memory.hpp"

#include <fmt/format.h>

#include <cstring>

namespace ktstr::machine::kvm {

std::span<const std::byte> KernelInMemory::keep(MappedFile file) {
    return files_.emplace_back(std::move(file)).bytes();
}

Result<> KernelInMemory::add(std::uint64_t address,
                             std::span<const std::byte> bytes,
                             std::string_view what) {
    if (address < place_.base || address > place_.end() || bytes.size() > place_.end() - address) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{} of {} bytes at {:#x} does not fit into the memory",
                                      what,
                                      bytes.size(),
                                      address))
                        .hint("give the machine more memory"));
    }
    pieces_.push_back({address, bytes});
    return {};
}

Result<> KernelInMemory::add_own(std::uint64_t address,
                                 std::vector<std::byte> bytes,
                                 std::string_view what) {
    own_.push_back(std::move(bytes));
    return add(address, own_.back(), what);
}

void KernelInMemory::put(std::span<std::byte> ram) const {
    for (const auto& [address, bytes] : pieces_) {
        if (!bytes.empty()) {
            std::memcpy(ram.data() + (address - place_.base), bytes.data(), bytes.size());
        }
    }
}

} // namespace ktstr::machine::kvm
