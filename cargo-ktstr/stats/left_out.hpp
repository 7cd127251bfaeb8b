// Which tests a run left out on purpose, by its plan: a filter, a budget (what was chosen and did
// not begin, and what was in reserve, too) or a shard. They have not vanished.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::stats {

struct LeftOut {
    std::set<std::string, std::less<>> tests; // as `left_out_name` has them
    std::vector<std::string> damaged;         // plans that could not be read
};

// "binary test on KEY", without the label of the kernel; of a run whose tests have no label without
// " on KEY".
std::string left_out_name(std::string_view test, std::string_view kernel_key);

// A run without a plan (plain nextest) left out nothing. `not_begun` has what did not begin in each
// run, "binary test" as nextest names them; empty when all began. What is in reserve and has an
// attempt ran: that is for the reader to see.
LeftOut left_out_of(std::span<const std::filesystem::path> run_directories,
                    std::span<const std::set<std::string, std::less<>>> not_begun);

} // namespace ktstr::stats
