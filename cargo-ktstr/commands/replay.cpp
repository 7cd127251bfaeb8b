#include "cargo-ktstr/commands/replay.hpp"

#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/commands/foreground.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/replay_look.hpp"
#include "cargo-ktstr/commands/replay_result.hpp"
#include "cargo-ktstr/commands/replay_run.hpp"
#include "cargo-ktstr/commands/stats_runs.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/run_directory.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "cargo-ktstr/stats/target_directory.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr cli::Example examples[] = {
    {"The latest attempt of a test:",                           "replay scheduler::idles"},
    {"One attempt, by its sidecar, with a trace for Perfetto:",
     "replay target/ktstr/latest/it-t-1-0a1b2c3d.json --trace sched"                     },
};

// nextest's, in order: the user's or those of the attempt's run, then what chooses this test alone.
std::vector<std::string>
nextest_options(const Recorded& attempt, const Look& look, std::vector<std::string> given) {
    auto options = given.empty() ? build_options_of(attempt.file.parent_path()) : std::move(given);
    if (!nextest::has_option(options, "profile")) {
        options.insert(options.end(), {"--profile", attempt.record.profile});
    }
    auto ours = this_test_once(attempt.record.binary_id, attempt.record.test);
    if (look.stops()) { // what is said is for now
        ours.emplace_back("--no-capture");
    }
    return nextest::with_last(options, ours);
}

// The limits of tests are part of what decides their runs, and the plan's: those of the attempt's
// run hold again.
Result<fs::path> tool_config_for(const Recorded& attempt, const fs::path& directory) {
    std::error_code error;
    auto of_then = attempt.file.parent_path() / "nextest.toml";
    if (fs::is_regular_file(of_then, error)) {
        return fs::absolute(of_then);
    }
    auto fresh = directory / "nextest.toml";
    TRY(write_file_atomically(fresh, planner::tool_config()));
    return fresh;
}

Result<> put_what_it_ran_on(nextest::Environment& environment,
                            const Recorded& attempt,
                            planner::PlannedKernel kernel) {
    Wishes wishes;
    wishes.gauntlet = !attempt.record.preset.empty();
    wishes.kernels.push_back(std::move(kernel));
    TRY(put_listing(environment, wishes));
    put_attempt(environment, attempt.record);
    return {};
}

// The attempt that the run has left. Nothing else ran in it.
Result<Recorded> only_attempt_in(const fs::path& directory, const Recorded& of) {
    const std::vector<fs::path> runs{directory};
    auto found = recorded_attempt(of.record.binary_id + " " + of.record.test, runs);
    if (!found) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("the test did not run: nextest has no {} {} here",
                                      of.record.binary_id,
                                      of.record.test))
                        .hint("give nextest the options of that run behind `--`, such as "
                              "--features or --package"));
    }
    return found;
}

// Which attempt, and how it is looked at.
std::span<const cli::Option> replay_options() {
    static const auto all = [] {
        std::vector<cli::Option> out(run_options().begin(), run_options().end());
        out.insert(out.end(), look_options().begin(), look_options().end());
        return out;
    }();
    return all;
}

Result<int>
run_again(const Recorded& attempt, const Look& look, const std::vector<std::string>& given) {
    auto environment = nextest::Environment::inherited();
    const auto options = nextest_options(attempt, look, given);
    TRY_ASSIGN(auto kernel, kernel_of(attempt.record));
    TRY_ASSIGN(const auto use, store::use(kernel.entry)); // as long as nextest runs
    TRY(put_what_it_ran_on(environment, attempt, std::move(kernel)));
    TRY(put_look(environment, look, attempt.record));
    TRY_ASSIGN(const auto runner, companion("ktstr-runner"));
    TRY_ASSIGN(const auto platforms, triples(options, environment));
    const auto setting = nextest::runner_setting(runner, platforms);
    put_runner(environment, setting);
    TRY_ASSIGN(const auto target, stats::target_directory());
    TRY_ASSIGN(const auto directory, planner::make_replay_directory(target));
    environment.set("KTSTR_RUN_DIR", directory.string());
    TRY_ASSIGN(const auto tool_config, tool_config_for(attempt, directory));
    const std::vector<std::string> last{"--tool-config-file", "ktstr:" + tool_config.string()};
    auto command = nextest::run_command(nextest::with_last(options, last), setting.arguments);
    TRY(put_nextest_config(environment, command));
    say("replay of {}: seed {}, kernel {}; results in {}",
        attempt.file.string(),
        attempt.record.seed,
        attempt.record.kernel_key,
        directory.string());
    TRY_ASSIGN(const auto status,
               run_in_foreground(std::move(command), environment, Leader::is_nextest));
    auto again = only_attempt_in(directory, attempt);
    if (!again && !status.success()) { // nextest has said why
        return status.shell_code();
    }
    TRY_ASSIGN(const auto now, std::move(again));
    if (has_stopped(look, now)) {
        return static_cast<int>(ExitCode::ok);
    }
    const auto result = compare_attempts(attempt, now);
    TRY(write_all(STDOUT_FILENO, result.text));
    TRY_ASSIGN(const auto seen, tell_of_look(look, now));
    TRY(write_all(STDOUT_FILENO, seen));
    return static_cast<int>(result.identical ? ExitCode::ok : ExitCode::diverged);
}

} // namespace

const cli::Spec replay_spec{
    .name = "replay",
    .usage = "TEST|SIDECAR [OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Runs an attempt of the deterministic machine again, with its kernel and its seed, and "
        "says `identical`, or where it diverged: the first frame of what the guest said that is "
        "not the same. TEST is the test's name, or a part of it, and means its latest "
        "deterministic attempt of the latest run; SIDECAR is the file of an attempt.\n"
        "The test is built as in that run, unless options of nextest behind `--` say otherwise. "
        "The result is kept in target/ktstr/replays, and is no run that `stats` counts.\n"
        "The exit code is 0 when it was the same, whatever the test's verdict, and 5 when it was "
        "not; 0 when it stopped where it should.",
    .options = replay_options(),
    .rest = cli::Rest::nextest,
    .positionals = 1,
    .examples = examples,
};

Result<int> replay_command(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(replay_spec, words));
    if (arguments.positionals().empty()) {
        return fail(Error(ErrorKind::usage, "which test?")
                        .hint("`cargo ktstr stats list` names those of the latest run"));
    }
    const auto& what = arguments.positionals().front();
    std::vector<fs::path> runs;
    if (!is_sidecar_path(what)) {
        TRY_ASSIGN(runs, chosen_runs(arguments));
    }
    TRY_ASSIGN(const auto attempt, recorded_attempt(what, runs));
    TRY(check_can_be_replayed(attempt));
    TRY_ASSIGN(const auto look, look_from(arguments));
    return run_again(attempt, look, arguments.rest());
}

} // namespace ktstr::commands
