#include "cargo-ktstr/commands/coverage.hpp"

#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/commands/foreground.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/coverage/continuous.hpp"
#include "cargo-ktstr/coverage/llvm_tools.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "cargo-ktstr/stats/target_directory.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace ktstr::commands {

namespace {

constexpr cli::Example examples[] = {
    {"A report for other tools:",                      "coverage -- --lcov --output-path lcov.info"},
    {"With options of nextest and of cargo-llvm-cov:",
     "coverage -- --profile ci --features integration --html"                                      },
};

constexpr cli::Example pass_examples[] = {
    {"Another report of the last run:",                "llvm-cov report --html"},
    {"Runs that are added up, and one report of all:",
     "llvm-cov nextest --no-report --no-fail-fast"                             },
};

Result<> require_cargo_llvm_cov() {
    const auto ran = run_captured({
        .argv = {nextest::cargo_program(), "llvm-cov", "--version"}
    });
    if (!ran || !ran->status.success()) {
        const auto why = ran ? std::string(trim(to_utf8(ran->err))) : ran.error().one_line();
        return fail(Error(ErrorKind::environment, why)
                        .context("coverage needs cargo-llvm-cov, and `cargo llvm-cov` does not run")
                        .hint("`cargo install cargo-llvm-cov --locked`"));
    }
    return {};
}

// Named, so that cargo-llvm-cov neither looks for the tools nor fetches them.
Result<> put_llvm_tools(nextest::Environment& environment) {
    TRY_ASSIGN(const auto surroundings, coverage::look_around());
    TRY_ASSIGN(const auto tools, coverage::choose_llvm_tools(surroundings));
    environment.set("LLVM_COV", tools.cov.string());
    environment.set("LLVM_PROFDATA", tools.profdata.string());
    say("coverage with {}", tools.origin);
    return {};
}

// A program that is killed, or whose machine dies, has its counts all the same.
Result<> put_mode(nextest::Environment& environment, std::span<const std::string> arguments) {
    TRY_ASSIGN(const auto self, self_path());
    if (const auto why = coverage::why_not_continuous(arguments, environment, self)) {
        say("what is killed leaves no profile: {}, and continuous mode is for Rust of the "
            "workspace that is compiled here",
            *why);
        return {};
    }
    coverage::put_continuous(environment, self);
    return {};
}

constexpr std::size_t lost_named = 5;

// Which profiles the report is without: nobody would see that in it.
std::string profiles_in_words(const sidecar::Run& run) {
    std::uint64_t kept = 0;
    std::uint64_t lost = 0;
    std::vector<std::string> of;
    for (const auto& record : run.records) {
        kept += record.files_kept;
        lost += record.files_lost;
        if (record.files_lost > 0) {
            of.push_back(record.binary_id + " " + record.test);
        }
    }
    auto text = fmt::format("profiles: {} came back from the machines, ", kept);
    if (!run.damaged.empty()) {
        text += fmt::format("{} results cannot be read, ", run.damaged.size());
    }
    if (lost == 0) {
        return text + "none is known to be lost";
    }
    const auto more = of.size() > lost_named ? ", ..." : "";
    of.resize(std::min(of.size(), lost_named));
    return text + fmt::format("{} {} lost, of {}{}; `cargo ktstr stats show TEST` says why",
                              lost,
                              lost == 1 ? "was" : "were",
                              fmt::join(of, ", "),
                              more);
}

} // namespace

const cli::Spec coverage_spec{
    .name = "coverage",
    .usage = "[OPTIONS] [-- CARGO-LLVM-COV-NEXTEST-OPTIONS...]",
    .about = "Runs the tests as `test` does, under cargo-llvm-cov; their profiles come back from "
             "the virtual machines.\n"
             "What stands behind `--` goes to `cargo llvm-cov nextest` untouched; the exit code is "
             "its own.",
    .options = machine_options(),
    .rest = cli::Rest::nextest,
    .examples = examples,
};

// cargo-llvm-cov builds and lists by itself, instrumented and in a target directory of its own: a
// listing before it would build everything a second time. The run directory is in the workspace's
// target directory, so that `stats` finds it.
Result<int> coverage_command(std::span<const std::string> words) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto wishes, read_wishes(coverage_spec, words, environment));
    if (environment.get("KTSTR_BUDGET_SECS")) {
        say("KTSTR_BUDGET_SECS is not looked at by `coverage`: all tests run");
    }
    TRY(require_cargo_llvm_cov());
    std::vector<std::string> command{nextest::cargo_program(), "llvm-cov", "nextest"};
    std::vector<std::string> last;
    std::optional<PreparedRun> prepared;
    if (!nextest::has_option(wishes.nextest, "help")) {
        TRY(put_llvm_tools(environment));
        TRY(put_mode(environment, wishes.nextest));
        TRY(put_listing(environment, wishes));
        TRY_ASSIGN(const auto runner, companion("ktstr-runner"));
        TRY_ASSIGN(const auto platforms, triples(wishes.nextest, environment));
        const auto setting = nextest::runner_setting(runner, platforms);
        put_runner(environment, setting);
        TRY_ASSIGN(const auto target, stats::target_directory());
        const nextest::TestList not_listed;
        TRY_ASSIGN(prepared,
                   prepare_run(wishes,
                               {
                                   .target = target,
                                   .tests = {.list = not_listed, .planned = {}},
                                   .kernels = wishes.kernels,
                                   .tool_config = planner::tool_config(),
                                   .command_line = words_of("coverage", words),
                                   .commit = fail(ErrorKind::environment,
                                                  "coverage: its programs are instrumented")
        }));
        put_decisions(environment, wishes, *prepared);
        std::ranges::copy(setting.arguments, std::back_inserter(command));
        last.push_back("--tool-config-file=ktstr:" + prepared->tool_config.string());
        if (wishes.shard) {
            command.push_back("--partition=" + wishes.shard->partition());
        }
    }
    std::ranges::copy(nextest::with_last(wishes.nextest, last), std::back_inserter(command));
    TRY(put_nextest_config(environment, command));
    if (!prepared) {
        return fail(nextest::become(command, environment));
    }
    TRY_ASSIGN(const auto status,
               run_in_foreground(std::move(command), environment, Leader::starts_nextest));
    const auto run = sidecar::read_run(prepared->run_directory);
    if (!run) {
        say("profiles: {}", run.error().one_line());
    } else if (!run->records.empty() || !run->damaged.empty()) {
        say("{}", profiles_in_words(*run));
    }
    return status.shell_code();
}

const cli::Spec llvm_cov_spec{
    .name = "llvm-cov",
    .usage = "CARGO-LLVM-COV-OPTIONS...",
    .about = "Runs cargo-llvm-cov, with the LLVM tools that `coverage` would choose, its way of "
             "compiling and names of profiles, and with virtual machines for the tests.\n"
             "All words are its own; the exit code too.",
    .rest = cli::Rest::all,
    .examples = pass_examples,
};

Result<int> llvm_cov_command(std::span<const std::string> words) {
    TRY_ASSIGN(const auto parsed, cli::parse(llvm_cov_spec, words));
    TRY(require_cargo_llvm_cov());
    auto environment = nextest::Environment::inherited();
    TRY(put_llvm_tools(environment));
    TRY(put_mode(environment, parsed.rest()));
    TRY_ASSIGN(const auto runner, companion("ktstr-runner"));
    TRY_ASSIGN(const auto platforms, triples(parsed.rest(), environment));
    const auto setting = nextest::runner_setting(runner, platforms);
    put_runner(environment, setting);
    std::vector<std::string> command{nextest::cargo_program(), "llvm-cov"};
    std::ranges::copy(parsed.rest(), std::back_inserter(command));
    return fail(nextest::become(command, environment));
}

} // namespace ktstr::commands
