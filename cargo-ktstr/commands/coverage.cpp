#include "cargo-ktstr/commands/coverage.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/commands/choice.hpp"
#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/coverage/llvm_tools.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/run_directory.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "cargo-ktstr/stats/target_directory.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/store.hpp"

#include <filesystem>
#include <iterator>
#include <optional>
#include <vector>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr cli::Option options[] = {
    {.heading = "Machine options",
     .name = "kernel",
     .letter = 'k',
     .value = "SPEC",
     .help = "The kernel of every test, as for `test`.",
     .fallback = "what .config/ktstr.toml says, else the newest in the store",
     .env = "KTSTR_KERNEL"},
    {.heading = "Machine options",
     .name = "machine",
     .value = "MACHINE",
     .help = "What runs the virtual machines: auto, qemu, qemu-kvm or qemu-tcg.",
     .fallback = "auto",
     .env = "KTSTR_MACHINE"},
};

constexpr cli::Example examples[] = {
    {"A report for other tools:",                      "coverage -- --lcov --output-path lcov.info"},
    {"With options of nextest and of cargo-llvm-cov:",
     "coverage -- --profile ci --features integration --html"                                      },
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

Result<> put_kernel(nextest::Environment& environment, const cli::Arguments& arguments) {
    const auto kernel = choose(
        "--kernel", arguments.value("kernel"), "KTSTR_KERNEL", environment.get("KTSTR_KERNEL"));
    if (!kernel) {
        return {}; // each test's configuration decides
    }
    TRY_ASSIGN(const auto entry, store::resolve(*kernel), "cannot use kernel `" + *kernel + "`");
    environment.set("KTSTR_KERNEL",
                    entry.directory.empty() ? fs::absolute(*kernel).string() : entry.key);
    return {};
}

Result<nextest::RunnerSetting> put_runner(nextest::Environment& environment,
                                          const std::vector<std::string>& user) {
    TRY_ASSIGN(const auto runner, companion("ktstr-runner"));
    TRY_ASSIGN(auto host, nextest::host_triple());
    std::vector<std::string> platforms{std::move(host)};
    if (const auto target = nextest::value_of(user, "target")) {
        platforms.push_back(*target);
    }
    auto setting = nextest::runner_setting(runner, platforms);
    for (const auto& [name, value] : setting.variables) {
        environment.set(name, value);
    }
    return setting;
}

// In the workspace's own target directory, not in cargo-llvm-cov's, so that `stats` finds the run.
Result<fs::path> put_run_directory(nextest::Environment& environment) {
    TRY_ASSIGN(const auto target, stats::target_directory());
    TRY_ASSIGN(auto run, planner::make_run_directory(target));
    environment.set("KTSTR_RUN_DIR", run.string());
    say("results in {}", run.string());
    return run;
}

} // namespace

const cli::Spec coverage_spec{
    .name = "coverage",
    .usage = "[OPTIONS] [-- CARGO-LLVM-COV-NEXTEST-OPTIONS...]",
    .about = "Runs the tests as `test` does, under cargo-llvm-cov; their profiles come back from "
             "the virtual machines.\n"
             "What stands behind `--` goes to `cargo llvm-cov nextest` untouched; the exit code is "
             "its own.",
    .options = options,
    .rest = cli::Rest::nextest,
    .examples = examples,
};

Result<int> coverage_command(std::span<const std::string> words) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto arguments, cli::parse(coverage_spec, words));
    TRY(require_cargo_llvm_cov());
    std::vector<std::string> command{nextest::cargo_program(), "llvm-cov", "nextest"};
    if (!nextest::has_option(arguments.rest(), "help")) {
        TRY(put_llvm_tools(environment));
        TRY(put_kernel(environment, arguments));
        if (const auto machine = choose("--machine",
                                        arguments.value("machine"),
                                        "KTSTR_MACHINE",
                                        environment.get("KTSTR_MACHINE"))) {
            environment.set("KTSTR_MACHINE", *machine);
        }
        TRY_ASSIGN(const auto setting, put_runner(environment, arguments.rest()));
        TRY_ASSIGN(const auto run, put_run_directory(environment));
        const auto tool_config = run / "nextest.toml";
        TRY(write_file_atomically(tool_config, planner::tool_config()));
        std::ranges::copy(setting.arguments, std::back_inserter(command));
        command.push_back("--tool-config-file=ktstr:" + tool_config.string());
    }
    std::ranges::copy(arguments.rest(), std::back_inserter(command));
    return fail(nextest::become(command, environment));
}

} // namespace ktstr::commands
