#include "cargo-ktstr/commands/explore.hpp"

#include "cargo-ktstr/commands/budget.hpp"
#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/commands/explore_seeds.hpp"
#include "cargo-ktstr/commands/explore_start.hpp"
#include "cargo-ktstr/commands/listing.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/outlook.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/cpus.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <limits>

namespace ktstr::commands {

namespace {

using sidecar::Verdict;

constexpr cli::Option options[] = {
    {.heading = "Seeds",
     .name = "seeds",
     .value = "N",
     .help = "How many seeds to try.",
     .fallback = "100, or with a budget as many as there is time for"},
    {.heading = "Seeds",
     .name = "first-seed",
     .value = "S",
     .help = "The first one; the others follow it.",
     .fallback = "1"},
    {.heading = "Seeds",
     .name = "budget",
     .value = "TIME",
     .help = "How long that may take, such as 300s or 5m, behind the build. What runs then is cut "
             "off, and is no result."},
    {.heading = "Seeds", .name = "keep-going", .help = "Do not stop at the first seed that fails."},
    {.heading = "Machine options",
     .name = "kernel",
     .letter = 'k',
     .value = "SPEC",
     .help = "The kernel, as `test` takes it.",
     .fallback = "what .config/ktstr.toml says, else the newest in the store",
     .env = "KTSTR_KERNEL"},
};

constexpr cli::Example examples[] = {
    {"Five minutes for the first seed that fails:", "explore nobody_starves --budget 300s"            },
    {"How often it fails, and in which ways:",      "explore nobody_starves --seeds 1000 --keep-going"},
};

struct Wanted {
    std::string test;
    std::uint64_t first = 1;
    std::uint64_t count = 100;
    std::optional<std::chrono::nanoseconds> budget;
    bool keep_going = false;
};

Result<std::optional<std::uint64_t>> number_of(const cli::Arguments& arguments,
                                               std::string_view option) {
    const auto text = arguments.value(option);
    const auto number = text ? parse_u64(*text) : std::nullopt;
    if (text && !number) {
        return fail(ErrorKind::usage,
                    fmt::format("--{} is `{}`, no whole number", option, to_utf8(*text)));
    }
    return number;
}

Result<Wanted> read_wanted(const cli::Arguments& arguments) {
    if (arguments.positionals().empty()) {
        return fail(Error(ErrorKind::usage, "which test?")
                        .hint("cargo ktstr explore TEST; `cargo ktstr plan` names the tests"));
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    Wanted wanted{.test = arguments.positionals().front()};
    TRY_ASSIGN(const auto first, number_of(arguments, "first-seed"));
    TRY_ASSIGN(const auto count, number_of(arguments, "seeds"));
    if (const auto text = arguments.value("budget")) {
        TRY_ASSIGN(wanted.budget, parse_budget(*text, true));
    }
    wanted.first = first.value_or(1);
    const auto all = most - wanted.first;
    wanted.count = count.value_or(wanted.budget ? all : std::min(all, std::uint64_t{100}));
    if (wanted.count == 0 || wanted.count > all) {
        return fail(ErrorKind::usage,
                    fmt::format("--seeds is {}, and there are {} from --first-seed {} on",
                                wanted.count,
                                all,
                                wanted.first));
    }
    wanted.keep_going = arguments.has("keep-going");
    return wanted;
}

// TEST says which; and an archive's programs would be gone again before they are run.
Result<> check_nextest_options(const Wishes& wishes) {
    if (nextest::choose_tests(wishes.nextest)) {
        return fail(ErrorKind::usage,
                    "nextest's options choose tests too, and TEST says which one");
    }
    for (const auto* option : {"archive-file", "stress-count", "stress-duration"}) {
        if (nextest::has_option(wishes.nextest, option)) {
            return fail(ErrorKind::usage,
                        fmt::format("`explore` knows nothing to do with --{}", option));
        }
    }
    return {};
}

// As `test` would have it, so that a seed is the same run there: the limits of tests are in it.
std::string tool_config_of(const Wishes& wishes,
                           const nextest::Environment& environment,
                           const Listing& listing) {
    const auto config = [&]() -> Result<std::string> {
        TRY_ASSIGN(const auto kernels, kernels_of(wishes, listing.list));
        TRY_ASSIGN(const auto outlook, look_ahead(wishes, environment, listing, kernels));
        return tool_config_for(wishes, outlook);
    }();
    return config ? *config : planner::tool_config();
}

struct Prepared {
    SeedOrder order;
    PreparedRun run; // whose kernels are held until all seeds have run
    std::string name;
};

Result<Prepared> prepare_seeds(Wishes& wishes,
                               nextest::Environment& environment,
                               Listing listing,
                               const Wanted& wanted,
                               std::span<const std::string> words) {
    TRY_ASSIGN(const auto list, only_test(listing.list, wanted.test));
    TRY_ASSIGN(const auto kernels, kernels_of(wishes, list));
    Prepared prepared;
    TRY_ASSIGN(prepared.run,
               prepare_run(wishes,
                           {
                               .target = home_of_runs(wishes, list),
                               .tests = {.list = list, .planned = {}},
                               .kernels = kernels,
                               .tool_config = tool_config_of(wishes, environment, listing),
                               .command_line = words_of("explore", words),
                               .commit = commit_of(wishes)
    }));
    put_decisions(environment, wishes, prepared.run);
    const auto& directory = prepared.run.run_directory;
    const std::vector<std::string> last{"--tool-config-file",
                                        "ktstr:" + prepared.run.tool_config.string()};
    const auto command =
        nextest::run_command(nextest::with_last(wishes.nextest, last), listing.arguments);
    TRY(put_nextest_config(environment, command));
    auto& order = prepared.order;
    TRY_ASSIGN(order.start, learn_start(list, command, environment, directory / "start"));
    TRY_ASSIGN(order.runner, companion("ktstr-runner"));
    order.run_directory = directory;
    order.first = wanted.first;
    order.count = wanted.count;
    order.at_once = host::usable_cpus();
    order.keep_going = wanted.keep_going;
    const auto& suite = list.suites.front();
    prepared.name = suite.binary_id + ' ' + suite.tests.front().name;
    return prepared;
}

std::string why_it_ended(const Explored& explored, const Wanted& wanted) {
    switch (explored.why) {
    case Enough::all_ran:
        return "";
    case Enough::found:
        return ", and stopped at the first failure";
    case Enough::budget:
        return ", and the budget of " + human_time(*wanted.budget) + " was over";
    case Enough::signal:
        return fmt::format(", and was ended by SIG{}", ::sigabbrev_np(explored.signal));
    }
    return "";
}

std::string report(const Prepared& prepared,
                   const Explored& explored,
                   const Wanted& wanted,
                   Clock::duration took) {
    const auto seeds = explored.outcomes.seeds();
    return fmt::format("{}: {} from {} on in {}{}\n{}",
                       to_utf8(prepared.name),
                       seeds == 1 ? "1 seed" : fmt::format("{} seeds", seeds),
                       wanted.first,
                       human_time(took),
                       why_it_ended(explored, wanted),
                       explored.outcomes.text());
}

int exit_code_of(const Explored& explored) {
    const auto& outcomes = explored.outcomes;
    if (outcomes.of(Verdict::fail) > 0) {
        return tests_failed;
    }
    if (explored.why == Enough::signal) {
        constexpr int killed = 128; // as a shell says it
        return killed + explored.signal;
    }
    const bool all_told = outcomes.without_verdict() + outcomes.of(Verdict::inconclusive) == 0;
    return static_cast<int>(all_told && outcomes.of(Verdict::pass) > 0 ? ExitCode::ok
                                                                       : ExitCode::harness);
}

} // namespace

const cli::Spec explore_spec{
    .name = "explore",
    .usage = "TEST [OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Runs one test on the deterministic machine under many seeds, as many at once as this host "
        "has CPUs, and stops at the first that fails. A seed varies what real machines do: when "
        "timers fall and how late they may be, in which order and how late workers and the "
        "scheduler start, whose turn among the vCPUs it is, random data. A seed that fails does so "
        "again, by the command that is shown with it.\n"
        "TEST is the test's name, or a part of it. The results are a run, which `stats` shows.\n"
        "The exit code is 0 when all seeds passed that ran, 100 when one failed, 3 when there is "
        "no verdict on one, or none ran.",
    .options = options,
    .rest = cli::Rest::nextest,
    .positionals = 1,
    .examples = examples,
};

Result<int> explore_command(std::span<const std::string> words) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto arguments, cli::parse(explore_spec, words));
    TRY_ASSIGN(const auto wanted, read_wanted(arguments));
    TRY_ASSIGN(auto wishes, read_wishes(explore_spec, words, environment));
    TRY(check_nextest_options(wishes));
    wishes.machine = "det";
    wishes.gauntlet |= wanted.test.find("gauntlet/") != std::string::npos;
    TRY_ASSIGN(auto listing, list_tests(wishes, environment, wishes.gauntlet));
    if (listing.exit_code != 0) {
        return listing.exit_code;
    }
    TRY_ASSIGN(auto prepared,
               prepare_seeds(wishes, environment, std::move(listing), wanted, words));
    const auto begin = Clock::now();
    if (wanted.budget) {
        prepared.order.end = begin + std::chrono::duration_cast<Clock::duration>(*wanted.budget);
    }
    TRY_ASSIGN(const auto explored, SeedRuns(prepared.order).run());
    TRY(write_all(STDOUT_FILENO, report(prepared, explored, wanted, Clock::now() - begin)));
    return exit_code_of(explored);
}

} // namespace ktstr::commands
