#include "cargo-ktstr/commands/stats.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/stats/choose_run.hpp"
#include "cargo-ktstr/stats/render.hpp"
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
     .help = "A run directory, wherever it lies."},
    {.heading = "Output", .name = "json", .help = "Print JSON."},
};

constexpr cli::Example examples[] = {
    {"The latest run:",             "stats"                      },
    {"Another one, for a program:", "stats --run 86fb3baa --json"},
};

Result<std::filesystem::path> chosen_run(const cli::Arguments& arguments) {
    const auto directory = arguments.value("dir");
    const auto id = arguments.value("run");
    if (directory && id) {
        return fail(ErrorKind::usage, "--run and --dir exclude each other");
    }
    if (directory) {
        return std::filesystem::path(*directory);
    }
    TRY_ASSIGN(const auto target, stats::target_directory());
    return id ? stats::choose_run(target, *id) : sidecar::latest_run(target);
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
    TRY_ASSIGN(const auto directory, chosen_run(arguments));
    TRY_ASSIGN(const auto run, sidecar::read_run(directory));
    for (const auto& damaged : run.damaged) {
        say("damaged: {}", damaged);
    }
    if (run.records.empty() && run.damaged.empty()) {
        return fail(Error(ErrorKind::environment, "there are no results in " + directory.string())
                        .hint("the run had no test, or it ended before the first one did"));
    }
    TRY(write_all(STDOUT_FILENO,
                  arguments.has("json") ? stats::as_json(run) : stats::as_table(run)));
    return static_cast<int>(run.damaged.empty() ? ExitCode::ok : ExitCode::failed);
}

} // namespace ktstr::commands
