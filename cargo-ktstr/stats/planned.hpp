// Which tests there were for a run, by its plan: those that it left out as well.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>

namespace ktstr::stats {

// "binary test", without the label of a kernel. A run without a plan (plain nextest) adds none.
std::set<std::string, std::less<>>
planned_tests(std::span<const std::filesystem::path> run_directories);

} // namespace ktstr::stats
