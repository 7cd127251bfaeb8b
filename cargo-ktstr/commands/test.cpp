#include "cargo-ktstr/commands/test.hpp"

#include "cargo-ktstr/commands/budget.hpp"
#include "cargo-ktstr/commands/listing.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/show.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/log.hpp"

#include <fmt/format.h>

namespace ktstr::commands {

namespace {

constexpr cli::Example examples[] = {
    {"All tests, on the newest kernel of the store:", "test"    },
    {"With nextest's own options behind `--`:",
     "test --kernel 6.14 -- --profile ci --features integration"},
};

// What nextest and the runners are told of what runs.
struct Planned {
    std::optional<Outlook> outlook; // absent: the run is not planned
    std::vector<planner::PlannedKernel> kernels;
    std::string tool_config = planner::tool_config();
    std::optional<BudgetedRun> budgeted;
    bool all_elsewhere = false; // other parts of the run have all tests: that is no mistake
};

Result<Planned> plan_ahead(const Wishes& wishes,
                           const std::optional<planner::Budget>& budget,
                           const nextest::Environment& environment,
                           const Listing& listing) {
    Planned planned;
    TRY_ASSIGN(planned.kernels, kernels_of(wishes, listing.list));
    auto outlook = look_ahead(wishes, environment, listing, planned.kernels);
    if (!outlook) {
        if (budget) {
            return fail(std::move(outlook).error());
        }
        // The run does not need it.
        say("the run is not planned, nextest's own order and limits hold: {}",
            outlook.error().one_line());
        return planned;
    }
    if (budget) {
        TRY_ASSIGN(const auto choice, choose_within(*budget, wishes, *outlook));
        planned.budgeted = {.budget = *budget,
                            .choice = choice,
                            .selection =
                                planner::selection_of(outlook->times(), outlook->variants)};
    }
    if (wishes.gauntlet || wishes.shard || budget) {
        say("{} (`cargo ktstr plan` shows each)", planner::counts_in_words(outlook->variants));
    }
    TRY_ASSIGN(planned.tool_config, tool_config_for(wishes, *outlook));
    const auto left = [&](planner::Left why) { return planner::count(outlook->variants, why); };
    planned.all_elsewhere = left(planner::Left::shard) > 0 && left(planner::Left::runs) == 0 &&
                            left(planner::Left::budget) + left(planner::Left::reserve) == 0;
    planned.kernels = outlook->kernels;
    std::erase_if(planned.kernels, [](const auto& kernel) { return kernel.tests == 0; });
    planned.outlook.emplace(std::move(*outlook));
    return planned;
}

} // namespace

const cli::Spec test_spec{
    .name = "test",
    .usage = "[OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Runs the tests of this workspace with cargo-nextest, each in a fresh virtual machine.\n"
        "What stands behind `--` goes to `cargo nextest run` untouched; the exit code is "
        "nextest's.",
    .options = test_options(),
    .rest = cli::Rest::nextest,
    .examples = examples,
};

Result<int> test_command(std::span<const std::string> arguments) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(auto wishes, read_wishes(test_spec, arguments, environment));
    if (nextest::has_option(wishes.nextest, "help")) {
        return fail(nextest::become(nextest::run_command(wishes.nextest, {}), environment));
    }
    TRY_ASSIGN(const auto budget, budget_of(wishes, environment)); // a wrong one before the build
    const bool repeats = nextest::has_option(wishes.nextest, "stress-count");
    if (budget && (repeats || wishes.check)) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("a budget and {} exclude each other",
                                      repeats ? "--count" : "--check"))
                        .hint("a budget is filled with tests that run once"));
    }
    TRY_ASSIGN(auto listing, list_tests(wishes, environment));
    if (listing.exit_code != 0) {
        return listing.exit_code;
    }
    const auto home = home_of_runs(wishes, listing.list);
    TRY_ASSIGN(auto planned, plan_ahead(wishes, budget, environment, listing));
    if (!planned.outlook && !listing.has_gauntlet) { // only nextest tells then
        TRY_ASSIGN(auto whole, list_tests(wishes, environment, true));
        if (whole.exit_code != 0) {
            return whole.exit_code;
        }
        listing.list = std::move(whole.list);
        TRY_ASSIGN(planned.kernels, kernels_of(wishes, listing.list));
    }
    listing.archive.reset(); // exec lets go of nothing
    const auto times = planned.outlook ? std::optional(planned.outlook->times()) : std::nullopt;
    planner::RunTests tests{.list = listing.list, .planned = {}};
    if (times) {
        tests.planned.emplace(planned.outlook->variants, *times);
    }
    TRY_ASSIGN(const auto prepared,
               prepare_run(wishes,
                           {.target = home,
                            .tests = tests,
                            .kernels = planned.kernels,
                            .tool_config = planned.tool_config,
                            .command_line = words_of("test", arguments),
                            .commit = commit_of(wishes)}));
    put_decisions(environment, wishes, prepared);
    // Behind the user's: of two tool configurations the first one wins.
    std::vector<std::string> last{"--tool-config-file", "ktstr:" + prepared.tool_config.string()};
    if (planned.all_elsewhere && !nextest::has_option(wishes.nextest, "no-tests")) {
        last.insert(last.end(), {"--no-tests", "pass"});
    }
    auto command =
        nextest::run_command(nextest::with_last(wishes.nextest, last), listing.arguments);
    TRY(put_nextest_config(environment, command));
    if (!planned.budgeted) {
        return fail(nextest::become(command, environment));
    }
    return run_within(*planned.budgeted, std::move(command), environment, prepared.run_directory);
}

} // namespace ktstr::commands
