// Which tests a run left out on purpose, by its plan: a filter, a budget or a shard. They have not
// vanished.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ktstr::stats {

struct LeftOut {
    std::set<std::string, std::less<>> tests; // "binary test", without the label of a kernel
    std::vector<std::string> damaged;         // plans that could not be read
};

// A run without a plan (plain nextest) left out nothing.
LeftOut left_out_of(std::span<const std::filesystem::path> run_directories);

} // namespace ktstr::stats
