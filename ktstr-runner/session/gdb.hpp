// The command with which a person looks at a machine that stands still.
#pragma once

#include "ktstr-runner/base/vcpu_place.hpp"
#include "ktstr-runner/session/kernel_symbols.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::session {

struct GdbTarget {
    std::filesystem::path vmlinux; // empty: there is none
    std::filesystem::path socket;
    std::filesystem::path program;             // the test's
    std::optional<std::uint64_t> program_base; // where it is loaded; absent: it does not run yet
};

// One line of the shell.
std::string gdb_command(const GdbTarget& target);

// Functions of this kernel in which what a test fails by can be seen happening: where a scheduler
// is thrown out, a panic.
std::vector<std::string> places_of_failure(const KernelSymbols& symbols);

// A line for each vCPU.
std::string describe_places(std::span<const VcpuPlace> places, const KernelSymbols& symbols);

// "3.2 s" of nanoseconds, with as many digits as it has.
std::string guest_time(std::uint64_t ns);

} // namespace ktstr::session
