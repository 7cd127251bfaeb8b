// What `test` and `coverage` do alike before they hand over to nextest: the user's choices, the
// runner, the kernels, the run directory with its plan, and what the runners are told of them.
#pragma once

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/nextest/environment.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"
#include "cargo-ktstr/planner/kernels.hpp"
#include "cargo-ktstr/planner/plan.hpp"
#include "cargo-ktstr/planner/shard.hpp"
#include "ktstr-runner/base/lock.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::commands {

// --kernel, --machine, --shard, --gauntlet, --overcommit and --cold.
std::span<const cli::Option> machine_options();

// Those, and --budget.
std::span<const cli::Option> planning_options();

// Those, and --check.
std::span<const cli::Option> test_options();

// The user's choices, with the environment taken into account.
struct Wishes {
    std::vector<planner::PlannedKernel> kernels; // of every test; several have labels
    std::optional<std::string> machine;
    bool check = false;        // each test runs twice, and the two must be the same
    bool cold = false;         // every machine is booted
    bool no_perf_mode = false; // tests that want CPUs of their own are skipped
    bool gauntlet = false;
    std::optional<std::string> overcommit;
    std::optional<std::string> budget; // as it was given
    std::optional<planner::Shard> shard;
    std::string profile;
    std::vector<std::string> nextest;               // arguments, untouched
    std::optional<std::filesystem::path> workspace; // an archive's; else Cargo's
};

// Resolves the kernel that was asked for: a wrong one is said before anything is built.
Result<Wishes> read_wishes(const cli::Spec& spec,
                           std::span<const std::string> words,
                           const nextest::Environment& environment);

// Whose configuration holds, and below which sources are.
std::filesystem::path workspace_of(const Wishes& wishes);

// The workspace's ktstr.toml.
std::filesystem::path ktstr_config_of(const Wishes& wishes);

// The platforms that tests are built for: the host's (proc-macros always), and --target's.
Result<std::vector<std::string>> triples(std::span<const std::string> nextest_arguments,
                                         const nextest::Environment& environment);

// Says which runner of the user's own is replaced.
void put_runner(nextest::Environment& environment, const nextest::RunnerSetting& setting);

// The kernels of a list's tests, in order of first use; of one without tests those that were asked
// for.
Result<std::vector<planner::PlannedKernel>> kernels_of(const Wishes& wishes,
                                                       const nextest::TestList& list);

struct PreparedRun {
    std::filesystem::path run_directory;
    std::filesystem::path tool_config;
    std::vector<planner::PlannedKernel> kernels;
    // Of the kernels: between two tests no machine holds them, and `kernel clean` may not take
    // them. nextest, which this process becomes or starts, and what it starts hold them too.
    std::vector<FileLock> uses;
};

// What a run is made of. A list without tests is a run that was not listed: only a kernel for every
// test is in its plan.
struct RunOrder {
    std::filesystem::path target;
    planner::RunTests tests;
    std::vector<planner::PlannedKernel> kernels;
    std::string tool_config; // nextest's
    std::vector<std::string> command_line;
    Result<git::Commit> commit; // as Plan has it
};

// Makes the run directory below the target directory, with the plan and nextest's tool
// configuration in it.
Result<PreparedRun> prepare_run(const Wishes& wishes, RunOrder order);

// Where target/ktstr lies. An archive is unpacked into a directory that goes away with each
// nextest.
std::filesystem::path home_of_runs(const Wishes& wishes, const nextest::TestList& list);

// What the tests of a workspace that was just built are of. Of others' builds nothing is known.
Result<git::Commit> commit_of(const Wishes& wishes);

// The command line as the user gave it, for the plan.
std::vector<std::string> words_of(std::string_view command, std::span<const std::string> arguments);

// What the runners' listings need already: the kernels that were asked for (one by its name,
// several by their labels), and whether and where the gauntlet runs.
Result<> put_listing(nextest::Environment& environment, const Wishes& wishes);

// What the runners are told.
void put_decisions(nextest::Environment& environment,
                   const Wishes& wishes,
                   const PreparedRun& prepared);

} // namespace ktstr::commands
