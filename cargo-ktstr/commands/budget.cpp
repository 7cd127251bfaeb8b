#include "cargo-ktstr/commands/budget.hpp"

#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/config_files.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/nextest_profile.hpp"
#include "ktstr-runner/config/selection.hpp"
#include "ktstr-runner/host/cpus.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cmath>

namespace ktstr::commands {

namespace {

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

// How many tests nextest runs at once, as it decides it itself: --test-threads over
// NEXTEST_TEST_THREADS over the profile's test-threads over the CPUs; a negative number is so many
// fewer than the CPUs (nextest documentation, "test-threads").
Result<unsigned> lanes_of(const Wishes& wishes, const nextest::Environment& environment) {
    for (const auto* serial : {"no-capture", "nocapture", "debugger", "tracer"}) {
        if (nextest::has_option(wishes.nextest, serial)) {
            return 1U; // whatever else is said
        }
    }
    auto given = nextest::value_of(wishes.nextest, "test-threads");
    if (!given) {
        given = nextest::value_of(wishes.nextest, "jobs");
    }
    if (!given) {
        given = environment.get("NEXTEST_TEST_THREADS");
    }
    if (!given) {
        const auto files = nextest::config_files(wishes.nextest, workspace_of(wishes.nextest));
        TRY_ASSIGN(given, config::nextest_test_threads(files, wishes.profile));
    }
    const auto cpus = static_cast<int>(host::usable_cpus());
    int number = cpus;
    if (given && *given != "num-cpus") {
        const auto [end, error] =
            std::from_chars(given->data(), given->data() + given->size(), number);
        if (error != std::errc{} || end != given->data() + given->size() || number == 0) {
            return fail(ErrorKind::usage,
                        "nextest's test-threads: `" + to_utf8(*given) + "` is no number of tests");
        }
    }
    constexpr int most = 4096; // what no host has, and no time times it overflows by
    return static_cast<unsigned>(std::clamp(number < 0 ? cpus + number : number, 1, most));
}

// A terminal's signals reach nextest too, which ends in order at the first and at once at the
// second. Only what is sent to one process is passed on, once.
volatile sig_atomic_t child_pid = 0;

void pass_on(int number) {
    if (child_pid > 0) {
        ::kill(child_pid, number);
    }
    if (number == SIGTERM) {
        ::signal(number, SIG_IGN);
    }
}

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
    TRY_ASSIGN(budget.lanes, lanes_of(wishes, environment));
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

Result<planner::Choice> choose_within(const planner::Budget& budget,
                                      const Wishes& wishes,
                                      const nextest::TestList& list,
                                      const std::vector<planner::PlannedKernel>& kernels,
                                      planner::Variants& variants) {
    TRY_ASSIGN(const auto backend, backend_of(wishes));
    const auto history = planner::read_history(home_of_runs(wishes, list));
    const planner::Times times{.list = list,
                               .kernels = kernels,
                               .history = history,
                               .backend = backend,
                               .machine_asked = wishes.machine.has_value()};
    auto choice = planner::choose(budget, times, variants);
    say("budget {}: {}", human_time(budget.time), planner::in_words(choice));
    return choice;
}

std::string selection_text(const nextest::TestList& list,
                           std::span<const planner::PlannedKernel> kernels,
                           const planner::Variants& variants) {
    std::string text;
    for (const auto& variant : variants.all) {
        if (variant.left == planner::Left::runs) {
            text += list.suites[variants.test_of(variant).suite].binary_id + ' ' +
                    variants.name_of(variant, kernels) + '\n';
        }
    }
    return text;
}

Result<> put_selection(nextest::Environment& environment,
                       const std::filesystem::path& run_directory,
                       std::string_view text) {
    const auto path = run_directory / "selection";
    TRY(write_file_atomically(path, text));
    environment.set(config::selection_variable, path.string());
    return {};
}

Result<int> run_within(const planner::Budget& budget,
                       const planner::Choice& choice,
                       std::vector<std::string> command,
                       const nextest::Environment& environment) {
    const auto begin = Clock::now();
    TRY_ASSIGN(auto child,
               Child::spawn({.argv = std::move(command),
                             .environment = environment.entries(),
                             .cwd = {},
                             .in = STDIN_FILENO,
                             .keep = {}}));
    child_pid = child.pid();
    for (const int of_terminal : {SIGINT, SIGQUIT, SIGHUP}) {
        ::signal(of_terminal, SIG_IGN); // now: it must not inherit that
    }
    ::signal(SIGTERM, pass_on);
    ::signal(SIGUSR1, pass_on); // nextest says how far it is
    TRY_ASSIGN(const auto status, child.wait());
    child_pid = 0;
    say("budget {}: {}; it took {}. {} left out for want of time",
        human_time(budget.time),
        planner::in_words(choice),
        human_time(Clock::now() - begin),
        choice.left_out == 1 ? "1 variant was" : fmt::format("{} variants were", choice.left_out));
    return status.shell_code();
}

} // namespace ktstr::commands
