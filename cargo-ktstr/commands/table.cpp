#include "cargo-ktstr/commands/table.hpp"

#include "cargo-ktstr/commands/coverage.hpp"
#include "cargo-ktstr/commands/doctor.hpp"
#include "cargo-ktstr/commands/explore.hpp"
#include "cargo-ktstr/commands/kernel.hpp"
#include "cargo-ktstr/commands/locks.hpp"
#include "cargo-ktstr/commands/plan.hpp"
#include "cargo-ktstr/commands/replay.hpp"
#include "cargo-ktstr/commands/run.hpp"
#include "cargo-ktstr/commands/scenario.hpp"
#include "cargo-ktstr/commands/shell.hpp"
#include "cargo-ktstr/commands/stats.hpp"
#include "cargo-ktstr/commands/templates.hpp"
#include "cargo-ktstr/commands/test.hpp"

#include <array>

namespace ktstr::commands {

namespace {

constexpr auto commands = std::to_array<cli::Command>({
    {.name = "test",
     .group = "Tests",
     .summary = "Run the tests of this workspace in virtual machines",
     .spec = &test_spec,
     .run = test_command},
    {.name = "plan",
     .group = "Tests",
     .summary = "Show what would run, what would not, and why",
     .spec = &plan_spec,
     .run = plan_command},
    {.name = "explore",
     .group = "Tests",
     .summary = "Run one test under many seeds of the deterministic machine",
     .spec = &explore_spec,
     .run = explore_command},
    {.name = "coverage",
     .group = "Tests",
     .summary = "Run them under cargo-llvm-cov; profiles come back from the guests",
     .spec = &coverage_spec,
     .run = coverage_command},
    {.name = "llvm-cov",
     .group = "Tests",
     .summary = "Run cargo-llvm-cov itself, set up as `coverage` does",
     .spec = &llvm_cov_spec,
     .run = llvm_cov_command},
    {.name = "replay",
     .group = "Tests",
     .summary = "Run a deterministic attempt again, and say whether it was the same",
     .spec = &replay_spec,
     .run = replay_command},
    {.name = "stats",
     .group = "Tests",
     .summary = "Show and compare what runs have told",
     .spec = &stats_spec,
     .run = stats_command,
     .commands = stats_commands},
    {.name = "run",
     .group = "Machines",
     .summary = "Run any program in a fresh virtual machine",
     .spec = &run_spec,
     .run = run_command},
    {.name = "scenario",
     .group = "Machines",
     .summary = "Run a workload that is written as JSON, under a scheduler or without one",
     .spec = &scenario_spec,
     .run = scenario_command},
    {.name = "shell",
     .group = "Machines",
     .summary = "Give a shell in a fresh virtual machine",
     .spec = &shell_spec,
     .run = shell_command},
    {.name = "templates",
     .group = "Machines",
     .summary = "Show and remove saved machines",
     .spec = &templates_spec,
     .commands = templates_commands},
    {.name = "kernel",
     .group = "Kernels",
     .summary = "Build, import and list kernels",
     .spec = &kernel_spec,
     .commands = kernel_commands},
    {.name = "locks",
     .group = "This machine",
     .summary = "Show which tests have CPUs of this host, and which wait for some",
     .spec = &locks_spec,
     .run = locks_command},
    {.name = "doctor",
     .group = "This machine",
     .summary = "Say what works here, and what to do about the rest",
     .spec = &doctor_spec,
     .run = doctor_command},
});

} // namespace

std::span<const cli::Command> table() {
    return commands;
}

} // namespace ktstr::commands
