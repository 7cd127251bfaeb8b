#include "cargo-ktstr/commands/stats.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/stats/attempt_table.hpp"
#include "cargo-ktstr/stats/choose_run.hpp"
#include "cargo-ktstr/stats/json.hpp"
#include "cargo-ktstr/stats/report.hpp"
#include "cargo-ktstr/stats/target_directory.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"

#include <unistd.h>

#include <filesystem>

namespace ktstr::commands {

namespace {

constexpr cli::Option options[] = {
    {.heading = "Which run",
     .name = "run",
     .value = "ID",
     .help = "The run with this id: its directory's name, or the first digits of the run id.",
     .fallback = "the latest"},
    {.heading = "Which run",
     .name = "dir",
     .value = "PATH",
     .help = "A run directory, wherever it lies. May be repeated: the parts of a run on several "
             "machines, added up."},
    {.heading = "Output", .name = "json", .help = "Print JSON."},
};

constexpr cli::Example examples[] = {
    {"The latest run:",                               "stats"                                   },
    {"The parts of one, from two machines, as JSON:", "stats --dir shard-1 --dir shard-2 --json"},
};

Result<std::vector<std::filesystem::path>> chosen_runs(const cli::Arguments& arguments) {
    const auto directories = arguments.values("dir");
    const auto id = arguments.value("run");
    if (!directories.empty() && id) {
        return fail(ErrorKind::usage, "--run and --dir exclude each other");
    }
    if (!directories.empty()) {
        return std::vector<std::filesystem::path>(directories.begin(), directories.end());
    }
    TRY_ASSIGN(const auto target, stats::target_directory());
    TRY_ASSIGN(auto run, id ? stats::choose_run(target, *id) : sidecar::latest_run(target));
    return std::vector{std::move(run)};
}

} // namespace

const cli::Spec stats_spec{
    .name = "stats",
    .usage = "[OPTIONS]",
    .about = "Prints the tests of a run with their verdicts and the time of each phase, and the "
             "totals.\n"
             "Files that cannot be read are listed on stderr and make the exit code 1.",
    .options = options,
    .examples = examples,
};

Result<int> stats_command(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(stats_spec, words));
    TRY_ASSIGN(const auto directories, chosen_runs(arguments));
    TRY_ASSIGN(const auto runs, stats::read_runs(directories));
    for (const auto& directory : runs.without_tests) {
        say("no test was for {}", directory.string());
    }
    for (const auto& damaged : runs.damaged) {
        say("damaged: {}", damaged);
    }
    TRY(write_all(STDOUT_FILENO,
                  arguments.has("json") ? stats::as_json(runs)
                                        : stats::chosen_attempts(runs) + stats::report(runs)));
    return static_cast<int>(runs.damaged.empty() ? ExitCode::ok : ExitCode::failed);
}

} // namespace ktstr::commands
