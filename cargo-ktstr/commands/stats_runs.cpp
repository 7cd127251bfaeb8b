#include "cargo-ktstr/commands/stats_runs.hpp"

#include "cargo-ktstr/stats/choose_run.hpp"
#include "cargo-ktstr/stats/left_out.hpp"
#include "cargo-ktstr/stats/named_runs.hpp"
#include "cargo-ktstr/stats/target_directory.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"

#include <algorithm>
#include <utility>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr cli::Option which_run[] = {
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
    {.heading = "Which run",
     .name = "last",
     .value = "N",
     .help = "The newest N runs of this workspace, added up."},
};

Result<std::vector<fs::path>> newest(const fs::path& target, const std::string& number) {
    const auto count = parse_u64(number).value_or(0);
    if (count == 0) {
        return fail(ErrorKind::usage, "--last is `" + number + "`, not a number of runs");
    }
    TRY_ASSIGN(auto runs, sidecar::all_runs(target));
    if (runs.empty()) {
        TRY(sidecar::latest_run(target)); // says that there is none, and what to do
    }
    runs.erase(runs.begin(),
               runs.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, runs.size())));
    return runs;
}

} // namespace

std::span<const cli::Option> run_options() {
    return which_run;
}

Result<std::vector<fs::path>> chosen_runs(const cli::Arguments& arguments) {
    const auto directories = arguments.values("dir");
    const auto id = arguments.value("run");
    const auto last = arguments.value("last");
    if ((directories.empty() ? 0 : 1) + (id ? 1 : 0) + (last ? 1 : 0) > 1) {
        return fail(ErrorKind::usage, "--run, --dir and --last exclude each other");
    }
    if (!directories.empty()) {
        return std::vector<fs::path>(directories.begin(), directories.end());
    }
    TRY_ASSIGN(const auto target, stats::target_directory());
    if (last) {
        return newest(target, *last);
    }
    TRY_ASSIGN(auto run, id ? stats::choose_run(target, *id) : sidecar::latest_run(target));
    return std::vector{std::move(run)};
}

Result<std::vector<fs::path>> runs_named(const std::string& words) {
    TRY_ASSIGN(auto named,
               stats::named_runs(words,
                                 {.target = [] { return stats::target_directory(); },
                                  .work_tree = fs::current_path()}));
    for (const auto& note : named.notes) {
        say("{}", note);
    }
    return std::move(named.runs);
}

namespace {

stats::Names not_begun_in(const stats::Runs& runs) {
    stats::Names names;
    for (const auto& test : runs.not_begun) {
        names.insert(runs.words[test.binary_id] + " " + runs.words[test.name]);
    }
    return names;
}

// Of each run: what did not begin in one may have been lost in another.
Result<std::vector<stats::Names>> not_begun_in_each(std::span<const fs::path> directories,
                                                    const stats::Runs& all) {
    std::vector<stats::Names> out;
    if (all.not_begun.empty()) {
        return out;
    }
    if (directories.size() == 1) {
        return std::vector{not_begun_in(all)};
    }
    for (std::size_t i = 0; i < directories.size(); ++i) {
        TRY_ASSIGN(const auto one, stats::read_runs(directories.subspan(i, 1)));
        out.push_back(not_begun_in(one));
    }
    return out;
}

} // namespace

Result<Side> read_side(std::span<const fs::path> directories) {
    TRY_ASSIGN(auto runs, stats::read_runs(directories));
    TRY_ASSIGN(const auto not_begun, not_begun_in_each(directories, runs));
    auto left_out = stats::left_out_of(directories, not_begun);
    runs.damaged.insert(runs.damaged.end(), left_out.damaged.begin(), left_out.damaged.end());
    say_what_is_missing(runs);
    return Side{.runs = std::move(runs), .left_out = std::move(left_out.tests)};
}

void say_differences(const stats::Comparison& comparison, bool compared) {
    for (const auto& difference : comparison.differences) {
        say("{}", difference);
    }
    if (!comparison.differences.empty() && !compared) {
        say("metrics are not compared: they differ for that alone");
    }
}

void say_what_is_missing(const stats::Runs& runs) {
    for (const auto& directory : runs.without_tests) {
        say("no test was for {}", printable(directory.native()));
    }
    for (const auto& damaged : runs.damaged) {
        say("damaged: {}", printable(damaged));
    }
}

int exit_code_of(const stats::Runs& runs) {
    return static_cast<int>(runs.damaged.empty() ? ExitCode::ok : ExitCode::failed);
}

} // namespace ktstr::commands
