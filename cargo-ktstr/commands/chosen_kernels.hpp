// The kernels that --kernel and KTSTR_KERNEL ask for. What the store lacks and can be made is made:
// the program ktstr-kernel does that, so that nobody else loads what fetches and unpacks.
#pragma once

#include "cargo-ktstr/planner/kernels.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::commands {

// From the store, or made, when one was named: its progress and its errors are on stderr.
Result<store::Entry> resolve_or_make(const std::string& spec);

// --kernel, given any number of times, over KTSTR_KERNEL; a range is each of its series. Several
// have labels, which differ. Empty: nobody asked.
Result<std::vector<planner::PlannedKernel>>
chosen_kernels(std::span<const std::string> given, const std::optional<std::string>& inherited);

} // namespace ktstr::commands
