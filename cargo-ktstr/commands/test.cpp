#include "cargo-ktstr/commands/test.hpp"

#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"

#include <algorithm>
#include <filesystem>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr cli::Example examples[] = {
    {"All tests, on the newest kernel of the store:", "test"    },
    {"With nextest's own options behind `--`:",
     "test --kernel 6.14 -- --profile ci --features integration"},
};

// Where target/ktstr lies. An archive is unpacked into a directory that goes away with each
// nextest.
fs::path home_of_runs(const Wishes& wishes, const nextest::TestList& list) {
    return nextest::has_option(wishes.nextest, "archive-file") ? fs::absolute("target")
                                                               : list.target_directory;
}

} // namespace

const cli::Spec test_spec{
    .name = "test",
    .usage = "[OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Runs the tests of this workspace with cargo-nextest, each in a fresh virtual machine.\n"
        "What stands behind `--` goes to `cargo nextest run` untouched; the exit code is "
        "nextest's.",
    .options = machine_options(),
    .rest = cli::Rest::nextest,
    .examples = examples,
};

Result<int> test_command(std::span<const std::string> arguments) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto wishes, read_wishes(test_spec, arguments, environment));
    if (nextest::has_option(wishes.nextest, "help")) {
        return fail(nextest::become(nextest::run_command(wishes.nextest, {}), environment));
    }
    TRY(put_listing(environment, wishes));
    TRY_ASSIGN(const auto runner, companion("ktstr-runner"));
    TRY_ASSIGN(auto platforms, triples(wishes, environment));
    auto setting = nextest::runner_setting(runner, platforms);
    put_runner(environment, setting);
    TRY_ASSIGN(
        const auto listing,
        nextest::run_list(nextest::list_command(wishes.nextest, setting.arguments), environment),
        "cannot list the tests");
    if (!listing.status.success()) {
        return listing.status.shell_code(); // cargo or nextest has said why
    }
    TRY_ASSIGN(auto list, nextest::parse_test_list(listing.out));
    // A target named in a .cargo/config.toml shows in the listing only.
    std::erase_if(list.target_triples, [&](const auto& t) {
        return std::ranges::find(platforms, t) != platforms.end();
    });
    if (!list.target_triples.empty()) {
        const auto more = nextest::runner_setting(runner, list.target_triples);
        put_runner(environment, more);
        setting.arguments.insert(
            setting.arguments.end(), more.arguments.begin(), more.arguments.end());
    }
    const auto home = home_of_runs(wishes, list);
    TRY_ASSIGN(const auto prepared,
               prepare_run(wishes, home, std::move(list), words_of("test", arguments)));
    put_decisions(environment, wishes, prepared);
    auto ours = setting.arguments;
    ours.insert(ours.end(), {"--tool-config-file", "ktstr:" + prepared.tool_config.string()});
    const auto command = nextest::run_command(wishes.nextest, ours);
    TRY(put_nextest_config(environment, command));
    return fail(nextest::become(command, environment));
}

} // namespace ktstr::commands
