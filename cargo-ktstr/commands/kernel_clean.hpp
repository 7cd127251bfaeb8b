// `cargo ktstr kernel clean`: removes what nobody uses from the kernel store.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec kernel_clean_spec;

Result<int> kernel_clean(std::span<const std::string> words);

} // namespace ktstr::commands
