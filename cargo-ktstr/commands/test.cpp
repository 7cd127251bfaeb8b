#include "cargo-ktstr/commands/test.hpp"

#include "cargo-ktstr/commands/budget.hpp"
#include "cargo-ktstr/commands/listing.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/show.hpp"
#include "ktstr-runner/base/log.hpp"

namespace ktstr::commands {

namespace {

constexpr cli::Example examples[] = {
    {"All tests, on the newest kernel of the store:", "test"    },
    {"With nextest's own options behind `--`:",
     "test --kernel 6.14 -- --profile ci --features integration"},
};

} // namespace

const cli::Spec test_spec{
    .name = "test",
    .usage = "[OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Runs the tests of this workspace with cargo-nextest, each in a fresh virtual machine.\n"
        "What stands behind `--` goes to `cargo nextest run` untouched; the exit code is "
        "nextest's.",
    .options = planning_options(),
    .rest = cli::Rest::nextest,
    .examples = examples,
};

Result<int> test_command(std::span<const std::string> arguments) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto wishes, read_wishes(test_spec, arguments, environment));
    if (nextest::has_option(wishes.nextest, "help")) {
        return fail(nextest::become(nextest::run_command(wishes.nextest, {}), environment));
    }
    TRY_ASSIGN(const auto budget, budget_of(wishes, environment)); // a wrong one before the build
    TRY_ASSIGN(auto listing, list_tests(wishes, environment));
    if (listing.exit_code != 0) {
        return listing.exit_code;
    }
    const auto home = home_of_runs(wishes, listing.list);
    std::optional<planner::Choice> choice;
    std::string selection;
    if (wishes.gauntlet || budget) {
        TRY_ASSIGN(const auto kernels, kernels_to_show(wishes, listing.list));
        auto variants = variants_of(wishes, environment, listing.list, kernels);
        if (!variants && budget) {
            return fail(std::move(variants).error());
        }
        if (budget) {
            TRY_ASSIGN(choice, choose_within(*budget, wishes, listing.list, kernels, *variants));
            selection = selection_text(listing.list, kernels, *variants);
        }
        if (variants) {
            say("{} (`cargo ktstr plan` shows each)", planner::counts_in_words(*variants));
        } else { // the run does not need it
            say("how many variants run cannot be told: {}", variants.error().one_line());
        }
    }
    TRY_ASSIGN(const auto prepared,
               prepare_run(wishes, home, std::move(listing.list), words_of("test", arguments)));
    put_decisions(environment, wishes, prepared);
    auto ours = std::move(listing.arguments);
    ours.insert(ours.end(), {"--tool-config-file", "ktstr:" + prepared.tool_config.string()});
    auto command = nextest::run_command(wishes.nextest, ours);
    TRY(put_nextest_config(environment, command));
    if (!choice) {
        return fail(nextest::become(command, environment));
    }
    TRY(put_selection(environment, prepared.run_directory, selection));
    return run_within(*budget, *choice, std::move(command), environment);
}

} // namespace ktstr::commands
