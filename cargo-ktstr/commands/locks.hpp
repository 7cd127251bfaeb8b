// cargo ktstr locks: who has CPUs of this host for himself, who shares the rest, and who waits.
#pragma once

#include "cargo-ktstr/cli/command.hpp"
#include "ktstr-runner/host/leases.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec locks_spec;

Result<int> locks_command(std::span<const std::string> arguments);

// What it prints.
std::string locks_table(const host::Leases& leases);
std::string locks_json(const std::string& directory, const host::Leases& leases);

} // namespace ktstr::commands
