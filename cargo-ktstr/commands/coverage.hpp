// cargo ktstr coverage: the run of `cargo ktstr test` under cargo-llvm-cov; profiles come back from
// the guests. cargo ktstr llvm-cov: cargo-llvm-cov itself, set up alike.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec coverage_spec;

// Its exit code is cargo-llvm-cov's.
Result<int> coverage_command(std::span<const std::string> arguments);

extern const cli::Spec llvm_cov_spec;

Result<int> llvm_cov_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
