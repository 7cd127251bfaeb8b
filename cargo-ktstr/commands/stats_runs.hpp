// Which runs a command of `stats` is about, and what every one of them says of files that it cannot
// read.
#pragma once

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/runs.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::commands {

// --run, --dir, --last.
std::span<const cli::Option> run_options();

// Those that the options name; the latest where they name none.
Result<std::vector<std::filesystem::path>> chosen_runs(const cli::Arguments& arguments);

// One of `stats compare` (stats/named_runs.hpp). What a revision means is said.
Result<std::vector<std::filesystem::path>> runs_named(const std::string& words);

// What a comparison needs of one of its sides.
struct Side {
    stats::Runs runs;
    stats::Names left_out;
};

// What cannot be read is said.
Result<Side> read_side(std::span<const std::filesystem::path> directories);

// On stderr: in what the sides differ so that metrics say nothing, unless `compared` all the same.
void say_differences(const stats::Comparison& comparison, bool compared);

// On stderr.
void say_what_is_missing(const stats::Runs& runs);

// 1 when a file could not be read.
int exit_code_of(const stats::Runs& runs);

} // namespace ktstr::commands
