#include "cargo-ktstr/commands/test.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/commands/choice.hpp"
#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"
#include "cargo-ktstr/planner/kernels.hpp"
#include "cargo-ktstr/planner/plan.hpp"
#include "cargo-ktstr/planner/run_directory.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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
     .help = "The kernel of every test: an image, a built source tree, a version such as 6.14, or "
             "a key of the kernel "
             "store.", .fallback = "what .config/ktstr.toml says, else the newest in the store",
     .env = "KTSTR_KERNEL"},
    {.heading = "Machine options",
     .name = "machine",
     .value = "MACHINE",
     .help = "What runs the virtual machines: auto, qemu, qemu-kvm or qemu-tcg.",
     .fallback = "auto",
     .env = "KTSTR_MACHINE"},
};

constexpr cli::Example examples[] = {
    {"All tests, on the newest kernel of the store:", "test"    },
    {"With nextest's own options behind `--`:",
     "test --kernel 6.14 -- --profile ci --features integration"},
};

// The user's choices, with the environment taken into account.
struct Wishes {
    std::optional<planner::PlannedKernel> kernel;
    std::optional<std::string> machine;
    std::string profile;
    std::vector<std::string> nextest; // arguments, untouched
};

// The names that machine::choose knows, checked here so that a wrong one is one error and not one
// for each test.
Result<> check_machine(const std::string& name, std::string_view where) {
    constexpr std::array<std::string_view, 4> known{"auto", "qemu", "qemu-kvm", "qemu-tcg"};
    if (std::ranges::find(known, name) != known.end()) {
        return {};
    }
    const auto near = nearest(name, known);
    return fail(Error(ErrorKind::usage, fmt::format("unknown machine `{}` of {}", name, where))
                    .hint(near ? "did you mean `" + *near + "`?"
                               : fmt::format("known are {}", fmt::join(known, ", "))));
}

Result<Wishes> read_wishes(std::span<const std::string> words,
                           const nextest::Environment& environment) {
    TRY_ASSIGN(const auto arguments, cli::parse(test_spec, words));
    if (arguments.values("kernel").size() > 1) {
        return fail(Error(ErrorKind::usage, "several kernels in one run are not supported yet")
                        .hint("run `cargo ktstr test` once for each --kernel"));
    }
    Wishes wishes{.nextest = arguments.rest()};
    const auto kernel = choose(
        "--kernel", arguments.value("kernel"), "KTSTR_KERNEL", environment.get("KTSTR_KERNEL"));
    wishes.machine = choose(
        "--machine", arguments.value("machine"), "KTSTR_MACHINE", environment.get("KTSTR_MACHINE"));
    if (kernel) { // before anything is built
        TRY_ASSIGN(auto entry,
                   store::resolve(*kernel),
                   std::string("wrong ") + (arguments.has("kernel") ? "--kernel" : "KTSTR_KERNEL"));
        wishes.kernel = planner::PlannedKernel{.spec = *kernel, .entry = std::move(entry)};
    }
    if (wishes.machine) {
        TRY(check_machine(*wishes.machine,
                          arguments.has("machine") ? "--machine" : "KTSTR_MACHINE"));
    }
    wishes.profile = nextest::value_of(wishes.nextest, "profile")
                         .value_or(environment.get("NEXTEST_PROFILE").value_or("default"));
    return wishes;
}

// The platforms that tests are built for: the host's (proc-macros always), and --target's.
Result<std::vector<std::string>> triples(const Wishes& wishes,
                                         const nextest::Environment& environment) {
    TRY_ASSIGN(auto host, nextest::host_triple());
    std::vector<std::string> all{std::move(host)};
    auto target = nextest::value_of(wishes.nextest, "target");
    if (!target) {
        target = environment.get("CARGO_BUILD_TARGET");
    }
    if (target && !target->empty() && *target != all.front()) {
        all.push_back(*target);
    }
    return all;
}

void put_runner(nextest::Environment& environment, const nextest::RunnerSetting& setting) {
    for (const auto& [name, value] : setting.variables) {
        if (const auto old = environment.get(name); old && !old->empty() && *old != value) {
            say("{}={} is replaced by {} for this run", name, *old, value);
        }
        environment.set(name, value);
    }
}

// Where target/ktstr lies. An archive is unpacked into a directory that goes away with each
// nextest.
fs::path home_of_runs(const Wishes& wishes, const nextest::TestList& list) {
    return nextest::has_option(wishes.nextest, "archive-file") ? fs::absolute("target")
                                                               : list.target_directory;
}

// An archive may be run where there is no workspace; then there is no configuration either.
fs::path ktstr_config(const Wishes& wishes) {
    if (const auto remapped = nextest::value_of(wishes.nextest, "workspace-remap")) {
        return fs::path(*remapped) / ".config" / "ktstr.toml";
    }
    const auto root = nextest::workspace_root(wishes.nextest);
    return (root ? *root : fs::current_path()) / ".config" / "ktstr.toml";
}

std::vector<std::string> words_of(std::string_view command,
                                  std::span<const std::string> arguments) {
    std::vector<std::string> words{"cargo", "ktstr", std::string(command)};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

struct Prepared {
    fs::path run_directory;
    fs::path tool_config;
    std::vector<planner::PlannedKernel> kernels;
};

Result<Prepared>
prepare(const Wishes& wishes, nextest::TestList list, std::vector<std::string> command_line) {
    Prepared prepared;
    TRY_ASSIGN(prepared.kernels,
               planner::plan_kernels(list,
                                     {.asked = wishes.kernel,
                                      .ktstr_config = ktstr_config(wishes),
                                      .profile = wishes.profile},
                                     store::resolve));
    TRY_ASSIGN(prepared.run_directory, planner::make_run_directory(home_of_runs(wishes, list)));
    prepared.tool_config = prepared.run_directory / "nextest.toml";
    TRY(write_file_atomically(prepared.tool_config, planner::tool_config()));
    TRY(planner::write_plan(prepared.run_directory,
                            {.created_at = std::chrono::system_clock::now(),
                             .command_line = std::move(command_line),
                             .nextest_profile = wishes.profile,
                             .machine = wishes.machine.value_or(""),
                             .kernels = prepared.kernels,
                             .nextest_config = nextest::value_of(wishes.nextest, "config-file"),
                             .tool_config = prepared.tool_config,
                             .tests = std::move(list)}));
    return prepared;
}

void announce(const Prepared& prepared, std::size_t tests) {
    for (const auto& kernel : prepared.kernels) {
        say("kernel {} ({}) for {} of {} tests",
            kernel.entry.version,
            kernel.entry.key,
            kernel.tests,
            tests);
    }
    say("results in {}", prepared.run_directory.string());
}

// What the runners are told. One kernel for all is told by name, so that all tests of the run boot
// the same entry whatever comes into the store meanwhile; several are each test's own
// configuration.
void put_decisions(nextest::Environment& environment,
                   const Wishes& wishes,
                   const Prepared& prepared) {
    environment.set("KTSTR_RUN_DIR", prepared.run_directory.string());
    if (prepared.kernels.size() == 1) {
        environment.set("KTSTR_KERNEL", planner::name_for_runners(prepared.kernels.front()));
    }
    if (wishes.machine) {
        environment.set("KTSTR_MACHINE", *wishes.machine);
    }
}

} // namespace

const cli::Spec test_spec{
    .name = "test",
    .usage = "[OPTIONS] [-- NEXTEST-OPTIONS...]",
    .about =
        "Runs the tests of this workspace with cargo-nextest, each in a fresh virtual machine.\n"
        "What stands behind `--` goes to `cargo nextest run` untouched; the exit code is "
        "nextest's.",
    .options = options,
    .rest = cli::Rest::nextest,
    .examples = examples,
};

Result<int> test_command(std::span<const std::string> arguments) {
    auto environment = nextest::Environment::inherited();
    TRY_ASSIGN(const auto wishes, read_wishes(arguments, environment));
    if (nextest::has_option(wishes.nextest, "help")) {
        return fail(nextest::become(nextest::run_command(wishes.nextest, {}), environment));
    }
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
    const auto tests = list.matching();
    TRY_ASSIGN(const auto prepared, prepare(wishes, std::move(list), words_of("test", arguments)));
    announce(prepared, tests);
    put_decisions(environment, wishes, prepared);
    auto ours = setting.arguments;
    ours.insert(ours.end(), {"--tool-config-file", "ktstr:" + prepared.tool_config.string()});
    return fail(nextest::become(nextest::run_command(wishes.nextest, ours), environment));
}

} // namespace ktstr::commands
