// A workspace as it was recorded for the bench: all that could run of it, and what that took.
#pragma once

#include "cargo-ktstr/planner/times.hpp"

#include <filesystem>

namespace ktstr::planner {

struct Suite {
    nextest::TestList list;
    std::vector<PlannedKernel> kernels;
    History history;
    Variants variants;
};

// Lines of tab-separated words: binary, test, preset, profile, scheduler, topology, kernel,
// expected milliseconds; "-" is none, "#" begins a line that is nobody's.
Result<Suite> read_suite(const std::filesystem::path& file);

} // namespace ktstr::planner
