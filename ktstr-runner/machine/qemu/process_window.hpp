// The window of a guest whose RAM is mapped by another process (QEMU), reached through
// /proc/<pid>/mem. So it does not matter whether that mapping is shared or private.
#pragma once

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/machine.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace ktstr::machine::qemu {

// A piece of a file in a process's address space.
struct Mapping {
    std::uint64_t address;
    std::uint64_t size;
    std::uint64_t offset; // in the file

    bool operator==(const Mapping&) const = default;
};

// The mappings of the file with this inode and name in the text of /proc/<pid>/maps (proc(5)), by
// offset. Neighbours are joined.
std::vector<Mapping> mappings_of(std::string_view maps, std::uint64_t inode, std::string_view name);

class ProcessWindow final : public WindowMemory {
public:
    // The window is `size` bytes from `offset` of the file.
    static Result<ProcessWindow> open(pid_t pid,
                                      std::uint64_t inode,
                                      std::string_view name,
                                      std::uint64_t offset,
                                      std::uint64_t size);

    // The process has it at this address.
    static Result<ProcessWindow> open_at(pid_t pid, std::uint64_t address, std::uint64_t size);

    std::uint64_t address() const { return address_; }

    std::uint64_t size() const override { return size_; }

    Result<> read(std::uint64_t offset, std::span<std::byte> into) const override;
    Result<> write(std::uint64_t offset, std::span<const std::byte> bytes) override;

    // From anywhere in the process.
    Result<> read_process(std::uint64_t address, std::span<std::byte> into) const;

private:
    ProcessWindow(Fd memory, std::uint64_t address, std::uint64_t size)
        : memory_(std::move(memory)), address_(address), size_(size) {}

    Result<> check(std::uint64_t offset, std::size_t bytes) const;

    Fd memory_;
    std::uint64_t address_; // of the window in the process
    std::uint64_t size_;
};

} // namespace ktstr::machine::qemu
