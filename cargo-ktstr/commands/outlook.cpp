#include "cargo-ktstr/commands/outlook.hpp"

#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/config_files.hpp"
#include "cargo-ktstr/planner/enumerate.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/nextest_profile.hpp"
#include "ktstr-runner/host/cpu_topology.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/host/lease_placement.hpp"
#include "ktstr-runner/host/pick_machine.hpp"
#include "ktstr-runner/variants/describe.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

Result<planner::Variants> variants_of(const Wishes& wishes,
                                      const config::GauntletKeys& gauntlet,
                                      const Listing& listing,
                                      std::span<const planner::PlannedKernel> kernels) {
    TRY_ASSIGN(const auto cache, cache_dir());
    const host::FactCache facts(cache);
    return planner::enumerate(
        {
            .list = listing.list,
            .kernels = kernels,
            .ktstr_config = ktstr_config_of(wishes),
            .profile = wishes.profile,
            .room = {.cpus = host::usable_cpus(), .overcommit = gauntlet.overcommit},
            .gauntlet = gauntlet.runs,
            .listed = listing.has_gauntlet
    },
        [&](const fs::path& binary) -> Result<std::optional<variants::Declarations>> {
            std::error_code error;
            if (!fs::exists(binary, error)) {
                return fail(ErrorKind::environment,
                            binary.string() + " is gone, so what its tests declare cannot be told");
            }
            return variants::declarations_of(binary, facts);
        });
}

Result<planner::Backend> backend_of(const Wishes& wishes) {
    TRY_ASSIGN(const auto name, parse_machine_name(wishes.machine.value_or("auto")));
    TRY_ASSIGN(const auto cache, cache_dir());
    TRY_ASSIGN(const auto picked, host::pick_machine(name, host::FactCache(cache)));
    return picked.by_kvm          ? planner::Backend::kvm
           : picked.deterministic ? planner::Backend::deterministic
                                  : planner::Backend::emulated;
}

} // namespace

std::vector<fs::path> users_files(const Wishes& wishes) {
    return nextest::config_files(wishes.nextest, workspace_of(wishes));
}

planner::Times Outlook::times() const {
    return {.list = list,
            .kernels = kernels,
            .history = history,
            .backend = backend,
            .machine_asked = machine_asked};
}

Result<Outlook> look_ahead(const Wishes& wishes,
                           const nextest::Environment& environment,
                           const Listing& listing,
                           const std::vector<planner::PlannedKernel>& kernels) {
    TRY_ASSIGN(const auto gauntlet, config::gauntlet_from(environment.entries()));
    Outlook outlook{.list = listing.list, .machine_asked = wishes.machine.has_value()};
    outlook.kernels = wishes.kernels.empty() ? kernels : wishes.kernels;
    TRY_ASSIGN(outlook.variants, variants_of(wishes, gauntlet, listing, outlook.kernels));
    planner::count_tests(outlook.variants, outlook.kernels);
    TRY_ASSIGN(outlook.backend, backend_of(wishes));
    outlook.history = planner::read_history(home_of_runs(wishes, listing.list));
    TRY_ASSIGN(const auto lanes, lanes_of(wishes, environment));
    outlook.lanes = {
        .count = lanes, .cpus = host::usable_cpus(), .overcommit = gauntlet.overcommit};
    return outlook;
}

// --test-threads over NEXTEST_TEST_THREADS over the profile's test-threads over the CPUs; a
// negative number is so many fewer than the CPUs (nextest documentation, "test-threads").
Result<unsigned> lanes_of(const Wishes& wishes, const nextest::Environment& environment) {
    for (const auto* serial : {"no-capture", "nocapture", "debugger", "tracer"}) {
        if (nextest::has_option(wishes.nextest, serial)) {
            return 1U; // whatever else is said
        }
    }
    auto given = nextest::value_of(wishes.nextest, "test-threads");
    if (!given) {
        given = nextest::value_of(wishes.nextest, "jobs");
    }
    if (!given) {
        given = environment.get("NEXTEST_TEST_THREADS");
    }
    if (!given) {
        TRY_ASSIGN(given, config::nextest_test_threads(users_files(wishes), wishes.profile));
    }
    const auto cpus = static_cast<int>(host::usable_cpus());
    int number = cpus;
    if (given && *given != "num-cpus") {
        const auto [end, error] =
            std::from_chars(given->data(), given->data() + given->size(), number);
        if (error != std::errc{} || end != given->data() + given->size() || number == 0) {
            return fail(ErrorKind::usage,
                        "nextest's test-threads: `" + to_utf8(*given) + "` is no number of tests");
        }
    }
    constexpr int most = 4096; // what no host has, and no time times it overflows by
    return static_cast<unsigned>(std::clamp(number < 0 ? cpus + number : number, 1, most));
}

std::map<unsigned, unsigned> performance_at_once(const Outlook& outlook) {
    std::map<unsigned, unsigned> largest; // vCPUs by lanes
    for (const auto& variant : outlook.variants.all) {
        const auto& test = outlook.variants.test_of(variant);
        const bool may_run =
            variant.left == planner::Left::runs || variant.left == planner::Left::reserve;
        if (may_run && test.performance && !test.on_host) {
            auto& vcpus = largest[planner::lanes_of(outlook.variants, variant, outlook.lanes)];
            vcpus = std::max(vcpus, outlook.variants.topology_of(variant).vcpus());
        }
    }
    std::map<unsigned, unsigned> at_once;
    const auto topology =
        largest.empty() ? Result<host::CpuTopology>() : host::cpu_topology(host::allowed_cpus());
    for (const auto& [lanes, vcpus] : topology ? largest : std::map<unsigned, unsigned>{}) {
        const auto places = std::max<std::size_t>(1, host::places(*topology, vcpus));
        at_once[lanes] = static_cast<unsigned>(places);
    }
    return at_once;
}

Result<std::string> tool_config_for(const Wishes& wishes, const Outlook& outlook) {
    TRY_ASSIGN(const auto users, config::nextest_profile_keys(users_files(wishes), wishes.profile));
    const auto times = outlook.times();
    const auto needs = planner::needs_of(times, outlook.variants, outlook.lanes);
    return planner::tool_config({.times = times,
                                 .variants = outlook.variants,
                                 .needs = needs,
                                 .users = users,
                                 .performance_at_once = performance_at_once(outlook)});
}

} // namespace ktstr::commands
