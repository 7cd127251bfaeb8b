#include "cargo-ktstr/commands/stats.hpp"

#include "cargo-ktstr/commands/stats_compare.hpp"
#include "cargo-ktstr/commands/stats_report.hpp"
#include "cargo-ktstr/commands/stats_runs.hpp"
#include "cargo-ktstr/commands/stats_show.hpp"
#include "cargo-ktstr/stats/attempt_table.hpp"
#include "cargo-ktstr/stats/github.hpp"
#include "cargo-ktstr/stats/json.hpp"
#include "cargo-ktstr/stats/report.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

namespace ktstr::commands {

namespace {

constexpr cli::Option json_option{.heading = "Output", .name = "json", .help = "Print JSON."};

constexpr cli::Example examples[] = {
    {"The latest run:",                               "stats"                                   },
    {"The parts of one, from two machines, as JSON:", "stats --dir shard-1 --dir shard-2 --json"},
};

constexpr cli::Example list_examples[] = {
    {"Every attempt of the latest run:",               "stats list"         },
    {"Of the newest three runs, one after the other:", "stats list --last 3"},
};

std::span<const cli::Option> options() {
    static const auto all = [] {
        std::vector<cli::Option> out(run_options().begin(), run_options().end());
        out.push_back(json_option);
        return out;
    }();
    return all;
}

Result<int> list(std::span<const std::string> words);

const cli::Spec list_spec{
    .name = "stats list",
    .usage = "[OPTIONS]",
    .about = "Prints which commit a run is of, and every attempt of it with its verdict and the "
             "time of each phase.\n"
             "Files that cannot be read are listed on stderr and make the exit code 1.",
    .options = run_options(),
    .examples = list_examples,
};

Result<int> list(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(list_spec, words));
    TRY_ASSIGN(const auto directories, chosen_runs(arguments));
    TRY_ASSIGN(const auto runs, stats::read_runs(directories));
    say_what_is_missing(runs);
    TRY(write_all(STDOUT_FILENO, stats::sources(runs) + "\n" + stats::all_attempts(runs)));
    return exit_code_of(runs);
}

// In a job of GitHub Actions; on stderr, which it reads too, so that stdout is one document.
Result<> tell_github(const stats::Runs& runs) {
    if (env("GITHUB_ACTIONS") != "true") {
        return {};
    }
    TRY(write_all(STDERR_FILENO, stats::annotations(runs)));
    const auto file = env("GITHUB_STEP_SUMMARY");
    if (!file || file->empty()) {
        return {};
    }
    const Fd summary(::open(file->c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!summary) {
        return fail(Error::from_errno("cannot open GITHUB_STEP_SUMMARY, " + *file));
    }
    return write_all(summary.get(), stats::step_summary(runs));
}

const cli::Command commands[] = {
    {.name = "list",
     .group = "Commands",
     .summary = "Print every attempt with its verdict and times",
     .spec = &list_spec,
     .run = list         },
    {.name = "show",
     .group = "Commands",
     .summary = "Print all that is known of a test's attempts",
     .spec = &stats_show_spec,
     .run = stats_show   },
    {.name = "explain",
     .group = "Commands",
     .summary = "Say which fields of a sidecar are absent, and why",
     .spec = &stats_explain_spec,
     .run = stats_explain},
    {.name = "compare",
     .group = "Commands",
     .summary = "Compare two sets of runs: verdicts, and metrics by rank or exactly",
     .spec = &stats_compare_spec,
     .run = stats_compare},
    {.name = "report",
     .group = "Commands",
     .summary = "Write a run as a page for a browser",
     .spec = &stats_report_spec,
     .run = stats_report },
};

} // namespace

const cli::Spec stats_spec{
    .name = "stats",
    .usage = "[OPTIONS]",
    .about = "Prints the tests of a run with their verdicts and the time of each phase, and the "
             "totals; then which "
             "variants of a test stand out, how tests, topologies, kernels and kinds of work did, "
             "the BPF "
             "verifier's instructions, the time of BPF programs, sched_ext's events and KVM's "
             "counters.\n"
             "Files that cannot be read are listed on stderr and make the exit code 1.",
    .options = options(),
    .examples = examples,
};

std::span<const cli::Command> stats_commands() {
    return commands;
}

Result<int> stats_command(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(stats_spec, words));
    TRY_ASSIGN(const auto directories, chosen_runs(arguments));
    TRY_ASSIGN(const auto runs, stats::read_runs(directories));
    say_what_is_missing(runs);
    TRY(write_all(STDOUT_FILENO,
                  arguments.has("json") ? stats::as_json(runs)
                                        : stats::chosen_attempts(runs) + stats::report(runs)));
    TRY(tell_github(runs));
    return exit_code_of(runs);
}

} // namespace ktstr::commands
