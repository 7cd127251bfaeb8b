#include "cargo-ktstr/commands/plan.hpp"

#include "cargo-ktstr/commands/budget.hpp"
#include "cargo-ktstr/commands/listing.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/planner/show.hpp"
#include "ktstr-runner/base/fd.hpp"

#include <unistd.h>

#include <vector>

namespace ktstr::commands {

namespace {

std::span<const cli::Option> plan_options() {
    static const auto all = [] {
        const auto planning = planning_options();
        std::vector<cli::Option> options(planning.begin(), planning.end());
        options.push_back({.heading = "Output", .name = "json", .help = "Print JSON."});
        return options;
    }();
    return all;
}

constexpr cli::Example examples[] = {
    {"What a run of the gauntlet would do:",        "plan --gauntlet"},
    {"How many variants the host has no room for:",
     "plan --gauntlet --json | jq '.counts[\"no-room\"]'"            },
};

} // namespace

const cli::Spec plan_spec{
    .name = "plan",
    .usage = "[OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Shows what `test` with the same options would run: every variant of every test, those "
        "that do not run with the reason, and what each is expected to take. Builds the tests; "
        "boots nothing.",
    .options = plan_options(),
    .rest = cli::Rest::nextest,
    .examples = examples,
};

Result<int> plan_command(std::span<const std::string> words) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto arguments, cli::parse(plan_spec, words));
    TRY_ASSIGN(auto wishes, read_wishes(plan_spec, words, environment));
    TRY_ASSIGN(const auto budget, budget_of(wishes, environment)); // a wrong one before the build
    TRY_ASSIGN(const auto listing, list_tests(wishes, environment));
    if (listing.exit_code != 0) {
        return listing.exit_code;
    }
    TRY_ASSIGN(const auto kernels, kernels_of(wishes, listing.list));
    TRY_ASSIGN(auto outlook, look_ahead(wishes, environment, listing, kernels));
    if (budget) {
        TRY(choose_within(*budget, wishes, outlook));
    }
    const auto times = outlook.times();
    const planner::Shown shown{.variants = outlook.variants, .times = times};
    const planner::Print print = [](std::string_view piece) {
        return write_all(STDOUT_FILENO, piece);
    };
    TRY(arguments.has("json") ? planner::print_plan_json(shown, print)
                              : planner::print_table(shown, print));
    return 0;
}

} // namespace ktstr::commands
