#include "cargo-ktstr/commands/prepared_run.hpp"

#include "cargo-ktstr/commands/choice.hpp"
#include "cargo-ktstr/commands/chosen_kernels.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/plan.hpp"
#include "cargo-ktstr/planner/run_directory.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/budget_end.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/selection.hpp"
#include "ktstr-runner/host/pick_machine.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fmt/format.h>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr cli::Option options[] = {
    {.heading = "Machine options",
     .name = "kernel",
     .letter = 'k',
     .value = "SPEC",
     .help =
         "The kernel of every test: a version such as 6.14, a range 6.12..6.14, git+URL#REF, an "
         "image, a source tree, or a key of the kernel store. What the store lacks is made. May be "
         "repeated: then every test runs on each of them, named .../kernel_6_14.", .fallback = "what .config/ktstr.toml says, else the newest in the store",
     .env = "KTSTR_KERNEL"},
    {.heading = "Machine options",
     .name = "machine",
     .value = "MACHINE",
     .help = "What runs the virtual machines: auto, kvm, qemu, qemu-kvm, qemu-tcg or det.",
     .fallback = "auto",
     .env = "KTSTR_MACHINE"},
    {.heading = "Gauntlet options",
     .name = "gauntlet",
     .help =
         "Run the gauntlet too: every test of the crate `ktstr` on each topology preset that it "
         "allows and with each profile of its scheduler's flags, named "
         "gauntlet/TEST/PRESET/PROFILE. Without it they are ignored tests.", .env = "KTSTR_GAUNTLET=1"},
    {.heading = "Gauntlet options",
     .name = "overcommit",
     .value = "N",
     .help =
         "How many vCPUs a variant of the gauntlet may have for each CPU of this host; larger ones "
         "are left out.", .fallback = "8",
     .env = "KTSTR_OVERCOMMIT"},
    {.heading = "Machine options",
     .name = "no-perf-mode",
     .help = "Skip the tests with performance_mode, which need CPUs of this host for themselves.",
     .env = "KTSTR_NO_PERF_MODE=1"},
    {.heading = "Machine options",
     .name = "cold",
     .help = "Boot every machine, instead of restoring saved ones.",
     .env = "KTSTR_TEMPLATES=0"},
    {.heading = "Machine options",
     .name = "count",
     .value = "N",
     .help = "Run the tests N times, one after the other, for `cargo ktstr stats compare` to have "
             "values "
             "of: nextest's --stress-count."},
    {.heading = "Options for several machines",
     .name = "shard",
     .value = "N/M",
     .help =
         "Run only part N of M, from 1: what a hash of a test's name gives it, so that M machines "
         "with the same options run each test once."},
};

constexpr cli::Option budget_option{
    .heading = "Budget options",
    .name = "budget",
    .value = "TIME",
    .help =
        "How long the run may take, such as 300s or 5m: of all that would run, what failed last, "
        "then changed tests, then what covers most pairs of features in that time, by what earlier "
        "runs took. `cargo ktstr plan` shows the choice.",
    .env = "KTSTR_BUDGET_SECS"};

constexpr cli::Option check_option{
    .heading = "Machine options",
    .name = "check",
    .help = "Run each test twice on the deterministic machine (--machine det): one whose runs are "
            "not the same fails, with the first difference.",
    .env = "KTSTR_CHECK=1"};

// A check of another machine would find the host's own doing in every test.
Result<> check_the_check(const Wishes& wishes) {
    if (!wishes.check) {
        return {};
    }
    const auto machine =
        wishes.machine ? parse_machine_name(*wishes.machine) : MachineName::automatic;
    if (!machine || *machine != MachineName::deterministic) {
        return fail(Error(ErrorKind::usage,
                          "--check holds two runs on the deterministic machine against each other, "
                          "and this run is not for that")
                        .hint("add --machine det"));
    }
    return {};
}

void warn_of_unknown_variables(const nextest::Environment& environment) {
    for (const auto& [name, near] : config::unknown_env_keys(environment.entries())) {
        say("{} is set but means nothing{}", name, near ? " (did you mean " + *near + "?)" : "");
    }
}

// What machines run by, said once and not by each test; what cannot run at all is one error.
Result<> announce_machine(const std::optional<std::string>& wanted) {
    TRY_ASSIGN(const auto name, parse_machine_name(wanted.value_or("auto")));
    TRY_ASSIGN(const auto cache, cache_dir());
    TRY_ASSIGN(const auto picked, host::pick_machine(name, host::FactCache(cache)));
    if (picked.by_qemu && !find_program(std::string(host::qemu_program))) {
        auto error = Error(ErrorKind::environment,
                           fmt::format("cannot find {}, which is to run the machines: {}",
                                       host::qemu_program,
                                       picked.why))
                         .hint(fmt::format("apt-get install {}", host::qemu_package));
        if (wanted) {
            return fail(std::move(error));
        }
        say("{} (hint: {})", error.one_line(), error.hint()); // tests that need none may pass
        return {};
    }
    say("machines run by {}: {}{}{}",
        picked.name(),
        picked.why,
        picked.hint.empty() ? "" : " (see `cargo ktstr doctor`)",
        wanted ? "" : "; where ktstr.toml or a test names another, by that");
    return {};
}

void announce(const PreparedRun& run, const planner::RunTests& all) {
    for (const auto& [spec, label, entry, tests] : run.kernels) {
        const auto which = all.list.suites.empty()
                               ? std::string("every test")
                               : fmt::format("{} of {} tests", tests, all.matching());
        const auto name = label.empty() ? "" : fmt::format(", .../{}", label);
        say("kernel {} ({}) for {}{}", entry.version, entry.key, which, name);
    }
    say("results in {}", run.run_directory.string());
}

Result<std::vector<FileLock>> use_all(const std::vector<planner::PlannedKernel>& kernels) {
    std::vector<FileLock> uses;
    for (const auto& kernel : kernels) {
        TRY_ASSIGN(auto use, store::use(kernel.entry));
        if (use) {
            TRY(use->leave_to_successors());
            uses.push_back(std::move(*use));
        }
    }
    return uses;
}

} // namespace

fs::path workspace_of(const Wishes& wishes) {
    return wishes.workspace ? *wishes.workspace : workspace_of(wishes.nextest);
}

fs::path ktstr_config_of(const Wishes& wishes) {
    return workspace_of(wishes) / ".config" / "ktstr.toml";
}

std::span<const cli::Option> machine_options() {
    return options;
}

std::span<const cli::Option> planning_options() {
    static const auto all = [] {
        std::vector<cli::Option> out(std::begin(options), std::end(options));
        out.push_back(budget_option);
        return out;
    }();
    return all;
}

std::span<const cli::Option> test_options() {
    static const auto all = [] {
        const auto planning = planning_options();
        std::vector<cli::Option> out(planning.begin(), planning.end());
        out.push_back(check_option);
        return out;
    }();
    return all;
}

Result<Wishes> read_wishes(const cli::Spec& spec,
                           std::span<const std::string> words,
                           const nextest::Environment& environment) {
    warn_of_unknown_variables(environment);
    TRY_ASSIGN(const auto arguments, cli::parse(spec, words));
    Wishes wishes{.nextest = arguments.rest()};
    wishes.machine = choose(
        "--machine", arguments.value("machine"), "KTSTR_MACHINE", environment.get("KTSTR_MACHINE"));
    if (wishes.machine) {
        TRY(parse_machine_name(*wishes.machine),
            std::string("wrong ") + (arguments.has("machine") ? "--machine" : "KTSTR_MACHINE"));
    }
    wishes.cold = arguments.has("cold");
    wishes.no_perf_mode = arguments.has("no-perf-mode");
    wishes.budget = arguments.value("budget");
    wishes.check = arguments.has("check");
    TRY(check_the_check(wishes));
    if (const auto shard = arguments.value("shard")) {
        TRY_ASSIGN(wishes.shard, planner::parse_shard("--shard", *shard));
        if (nextest::has_option(wishes.nextest, "partition")) {
            return fail(ErrorKind::usage, "--shard is nextest's --partition, which is given too");
        }
    }
    if (const auto count = arguments.value("count")) {
        if (parse_u64(*count).value_or(0) == 0) {
            return fail(ErrorKind::usage, "--count is `" + *count + "`, not a number of times");
        }
        wishes.nextest =
            nextest::with_last(wishes.nextest, std::vector<std::string>{"--stress-count", *count});
    }
    TRY_ASSIGN(const auto gauntlet, config::gauntlet_from(environment.entries()));
    wishes.gauntlet = arguments.has("gauntlet") || gauntlet.runs;
    wishes.overcommit = choose("--overcommit",
                               arguments.value("overcommit"),
                               "KTSTR_OVERCOMMIT",
                               environment.get("KTSTR_OVERCOMMIT"));
    wishes.profile = nextest::value_of(wishes.nextest, "profile")
                         .value_or(environment.get("NEXTEST_PROFILE").value_or("default"));
    if (nextest::has_option(wishes.nextest, "help")) {
        return wishes; // nothing will run
    }
    TRY_ASSIGN(wishes.kernels, // before anything is built
               chosen_kernels(arguments.values("kernel"), environment.get("KTSTR_KERNEL")));
    return wishes;
}

Result<std::vector<std::string>> triples(std::span<const std::string> nextest_arguments,
                                         const nextest::Environment& environment) {
    TRY_ASSIGN(auto host, nextest::host_triple());
    std::vector<std::string> all{std::move(host)};
    auto target = nextest::value_of(nextest_arguments, "target");
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

std::vector<std::string> words_of(std::string_view command,
                                  std::span<const std::string> arguments) {
    std::vector<std::string> words{"cargo", "ktstr", std::string(command)};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

Result<std::vector<planner::PlannedKernel>> kernels_of(const Wishes& wishes,
                                                       const nextest::TestList& list) {
    if (list.suites.empty()) {
        return wishes.kernels;
    }
    return planner::plan_kernels(list,
                                 {.asked = wishes.kernels,
                                  .ktstr_config = ktstr_config_of(wishes),
                                  .profile = wishes.profile},
                                 resolve_or_make);
}

fs::path home_of_runs(const Wishes& wishes, const nextest::TestList& list) {
    return nextest::has_option(wishes.nextest, "archive-file") ? fs::absolute("target")
                                                               : list.target_directory;
}

Result<git::Commit> commit_of(const Wishes& wishes) {
    for (const auto* elsewhere : {"archive-file", "binaries-metadata"}) {
        if (nextest::has_option(wishes.nextest, elsewhere)) {
            return fail(ErrorKind::environment,
                        fmt::format("the tests were built before: --{}", elsewhere));
        }
    }
    if (env("KTSTR_SCHEDULER")) {
        return fail(ErrorKind::environment, "KTSTR_SCHEDULER named a scheduler of its own");
    }
    return git::checked_out(workspace_of(wishes));
}

Result<PreparedRun> prepare_run(const Wishes& wishes, RunOrder order) {
    PreparedRun prepared;
    prepared.kernels = std::move(order.kernels);
    TRY_ASSIGN(prepared.uses, use_all(prepared.kernels));
    TRY_ASSIGN(prepared.run_directory, planner::make_run_directory(order.target));
    prepared.tool_config = prepared.run_directory / "nextest.toml";
    TRY(write_file_atomically(prepared.tool_config, order.tool_config));
    TRY(announce_machine(wishes.machine));
    announce(prepared, order.tests);
    TRY(planner::write_plan(prepared.run_directory,
                            {.created_at = std::chrono::system_clock::now(),
                             .command_line = std::move(order.command_line),
                             .nextest_profile = wishes.profile,
                             .machine = wishes.machine.value_or(""),
                             .kernels = prepared.kernels,
                             .nextest_config = nextest::value_of(wishes.nextest, "config-file"),
                             .tool_config = prepared.tool_config,
                             .tests = order.tests,
                             .commit = std::move(order.commit)}));
    return prepared;
}

namespace {

Result<> put_gauntlet(nextest::Environment& environment, const Wishes& wishes) {
    if (wishes.gauntlet) {
        environment.set("KTSTR_GAUNTLET", "1");
    }
    if (wishes.overcommit) {
        environment.set("KTSTR_OVERCOMMIT", *wishes.overcommit);
    }
    TRY(config::gauntlet_from(environment.entries()));
    return {};
}

void put_kernels(nextest::Environment& environment, const Wishes& wishes) {
    const auto listed = planner::listed_kernels(wishes.kernels);
    if (listed.empty()) {
        environment.unset(config::kernel_list_variable);
        if (wishes.kernels.size() == 1) { // what it is not meant for is ignored in the listing
            environment.set("KTSTR_KERNEL", planner::name_for_runners(wishes.kernels.front()));
        }
        return;
    }
    environment.set(config::kernel_list_variable, config::kernel_list_text(listed));
    environment.unset("KTSTR_KERNEL"); // that they were preferred to it has been said
}

} // namespace

Result<> put_listing(nextest::Environment& environment, const Wishes& wishes) {
    environment.unset(config::selection_variable); // of a run around us
    environment.unset(config::reserve_variable);
    environment.unset(config::budget_end_variable);
    environment.unset(config::gauntlet_listed_variable);
    put_kernels(environment, wishes);
    return put_gauntlet(environment, wishes);
}

// What the runners are told. One kernel for all is told by name, so that all tests of the run boot
// the same entry whatever comes into the store meanwhile; several are each test's own label or
// configuration.
void put_decisions(nextest::Environment& environment,
                   const Wishes& wishes,
                   const PreparedRun& prepared) {
    environment.set("KTSTR_RUN_DIR", prepared.run_directory.string());
    if (prepared.kernels.size() == 1 && prepared.kernels.front().label.empty()) {
        environment.set("KTSTR_KERNEL", planner::name_for_runners(prepared.kernels.front()));
    }
    if (wishes.machine) {
        environment.set("KTSTR_MACHINE", *wishes.machine);
    }
    if (wishes.no_perf_mode) {
        environment.set("KTSTR_NO_PERF_MODE", "1");
    }
    if (wishes.check) {
        environment.set("KTSTR_CHECK", "1");
    }
    if (wishes.cold) {
        environment.set("KTSTR_TEMPLATES", "0");
    }
}

} // namespace ktstr::commands
