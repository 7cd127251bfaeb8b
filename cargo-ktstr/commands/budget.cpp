#include "cargo-ktstr/commands/budget.hpp"

#include "cargo-ktstr/commands/foreground.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/config_files.hpp"
#include "cargo-ktstr/planner/changed_tests.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/budget_end.hpp"
#include "ktstr-runner/config/selection.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

namespace ktstr::commands {

Result<std::chrono::nanoseconds> parse_budget(const std::string& text, bool of_option) {
    const char* const name = of_option ? "--budget" : "KTSTR_BUDGET_SECS";
    const auto span = of_option ? parse_duration(text) : std::nullopt;
    double seconds = 0;
    if (span) {
        seconds = std::chrono::duration<double>(*span).count();
    } else {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc{} || end != text.data() + text.size()) {
            seconds = 0;
        }
    }
    constexpr double longest = 366.0 * 24 * 3600;
    if (!std::isfinite(seconds) || seconds <= 0 || seconds > longest) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{}: \"{}\" is no time above 0", name, to_utf8(text)))
                        .hint(of_option ? "--budget 300s, --budget 5m" : "KTSTR_BUDGET_SECS=300"));
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

namespace {

// A run that leaves tests out by itself would leave out of the choice.
Result<> refuse_what_chooses_too(const Wishes& wishes) {
    const auto partition = nextest::value_of(wishes.nextest, "partition").value_or("hash:");
    if (!partition.starts_with("hash:")) { // the others count what is listed
        return fail(Error(ErrorKind::usage,
                          "a budget's choice would be partitioned again by --partition " +
                              to_utf8(partition))
                        .hint("--partition hash:M/N, whose parts stay the same"));
    }
    if (nextest::has_option(wishes.nextest, "rerun")) {
        return fail(ErrorKind::usage, "--rerun chooses by itself, and so does a budget");
    }
    return {};
}

} // namespace

Result<std::optional<planner::Budget>> budget_of(const Wishes& wishes,
                                                 const nextest::Environment& environment) {
    const auto inherited = environment.get("KTSTR_BUDGET_SECS");
    if (!wishes.budget && !inherited) {
        return std::nullopt;
    }
    TRY(refuse_what_chooses_too(wishes));
    planner::Budget budget;
    TRY_ASSIGN(budget.time,
               wishes.budget ? parse_budget(*wishes.budget, true)
                             : parse_budget(*inherited, false));
    if (const auto seed = environment.get("KTSTR_BUDGET_SEED")) {
        const auto number = parse_u64(*seed);
        if (!number) {
            return fail(
                ErrorKind::usage,
                fmt::format("KTSTR_BUDGET_SEED: \"{}\" is no whole number", to_utf8(*seed)));
        }
        budget.seed = *number;
    }
    return budget;
}

namespace {

// GITHUB_BASE_REF is the branch that a pull request is for (GitHub Actions, "Default environment
// variables").
void look_for_changes(const Wishes& wishes, Outlook& outlook) {
    const auto workspace = workspace_of(wishes);
    const auto branch = env("GITHUB_BASE_REF").value_or("");
    const auto base = branch.empty() ? std::nullopt : std::optional("origin/" + branch);
    const auto changed = planner::changed_files(workspace, base);
    if (!changed) {
        say("no test is known to have changed: {}", changed.error().one_line());
        return;
    }
    const auto tests = planner::mark_changed(outlook.list, workspace, *changed, outlook.variants);
    say("since {} {} changed",
        changed->since,
        tests == 1 ? "1 test has" : fmt::format("{} tests have", tests));
}

// Writes the files, and has the runners told where they are (config/selection.hpp).
Result<> put_selection(nextest::Environment& environment,
                       const std::filesystem::path& run_directory,
                       const planner::Selection& selection) {
    std::string chosen;
    for (const auto& test : selection.chosen) {
        chosen += test + '\n';
    }
    std::string reserve;
    for (const auto& [test, expected] : selection.reserve) {
        reserve += config::reserve_line(expected, test);
    }
    for (const auto& [variable, name, text] :
         {std::tuple(config::selection_variable, "selection", &chosen),
          std::tuple(config::reserve_variable, "reserve", &reserve)}) {
        const auto path = run_directory / name;
        TRY(write_file_atomically(path, *text));
        environment.set(variable, path.string());
    }
    return {};
}

} // namespace

Result<planner::Choice>
choose_within(planner::Budget budget, const Wishes& wishes, Outlook& outlook) {
    budget.lanes = outlook.lanes;
    budget.performance_at_once = performance_at_once(outlook);
    const bool users_order = nextest::order_tests(users_files(wishes));
    budget.most_in_reserve = users_order ? 0 : planner::most_names;
    look_for_changes(wishes, outlook);
    auto choice = planner::choose(budget, outlook.times(), outlook.variants);
    say("budget {}: {}", human_time(budget.time), planner::in_words(choice));
    return choice;
}

Result<int> run_within(const BudgetedRun& run,
                       std::vector<std::string> command,
                       nextest::Environment environment,
                       const std::filesystem::path& run_directory) {
    TRY(put_selection(environment, run_directory, run.selection));
    const auto begin = Clock::now();
    const auto span = std::chrono::duration_cast<Clock::duration>(run.budget.time);
    environment.set(config::budget_end_variable, config::budget_end_text(begin + span));
    TRY_ASSIGN(const auto status,
               run_in_foreground(std::move(command), environment, Leader::is_nextest));
    const auto took = Clock::now() - begin;
    const auto results = sidecar::read_run(run_directory);
    if (results) {
        const auto done = planner::carried_out(run.selection, results->records);
        say("budget {}: {}",
            human_time(run.budget.time),
            planner::in_words(run.choice, done, took));
    } else {
        say("budget {}: it took {}; what ran is not known: {}",
            human_time(run.budget.time),
            human_time(took),
            results.error().one_line());
    }
    return status.shell_code();
}

} // namespace ktstr::commands
