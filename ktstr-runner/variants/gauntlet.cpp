#include "ktstr-runner/variants/gauntlet.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::variants {

namespace {

std::span<const Flag> flags_of(const Scheduler* scheduler) {
    return scheduler == nullptr ? std::span<const Flag>{} : scheduler->flags;
}

void add_arguments(Profile profile, Scheduler& scheduler) {
    auto more = profile_arguments(scheduler.flags, profile);
    scheduler.arguments.insert(scheduler.arguments.end(), more.begin(), more.end());
}

} // namespace

std::optional<Gauntlet>
gauntlet_of(const Test& test, const Scheduler* scheduler, const Room& room) {
    if (test.host_only) {
        return std::nullopt;
    }
    Gauntlet gauntlet;
    // With CPUs of its own, each vCPU has one, and what is beside them another.
    const auto its_room =
        test.performance_mode ? Room{.cpus = std::max(room.cpus, 2U) - 1, .overcommit = 1} : room;
    for (const auto& preset : presets()) {
        PresetFit fit{.preset = &preset, .fit = Fit::runs, .why_not = {}};
        fit.why_not = why_not_on(test.constraints, preset.topology);
        if (fit.why_not) {
            fit.fit = Fit::constraints;
        } else if (fit.why_not = its_room.why_none_for(preset.topology); fit.why_not) {
            fit.fit = Fit::no_room;
        }
        gauntlet.presets.push_back(std::move(fit));
    }
    gauntlet.profiles = profiles(flags_of(scheduler), test.flags);
    return gauntlet;
}

std::vector<std::string>
gauntlet_names(const Test& test, const Scheduler* scheduler, const Room& room) {
    std::vector<std::string> names;
    const auto gauntlet = gauntlet_of(test, scheduler, room);
    for (const auto& fit : gauntlet ? gauntlet->presets : std::vector<PresetFit>{}) {
        if (fit.why_not) {
            continue;
        }
        for (const auto profile : gauntlet->profiles) {
            names.push_back(gauntlet_name(
                test.name, fit.preset->name, profile_name(flags_of(scheduler), profile)));
        }
    }
    return names;
}

std::optional<GauntletName> in_gauntlet(const Declarations& declarations, std::string_view name) {
    auto parts = gauntlet_parts(name);
    const bool is_one = parts && declarations.test_named(name) == nullptr &&
                        declarations.test_named(parts->test) != nullptr;
    return is_one ? std::move(parts) : std::nullopt;
}

Result<> put_into(const Cell& cell, Test& test, Scheduler* scheduler) {
    if (test.host_only) {
        return fail(ErrorKind::usage, "a test without a machine has no gauntlet");
    }
    TRY_ASSIGN(const auto* const preset, preset_named(cell.preset));
    if (const auto why = why_not_on(test.constraints, preset->topology)) {
        return fail(ErrorKind::usage,
                    fmt::format("the test does not run on {} ({}): {}",
                                preset->name,
                                preset->topology.text(),
                                *why));
    }
    const auto flags = flags_of(scheduler);
    TRY_ASSIGN(const auto profile, profile_named(flags, cell.profile));
    const auto allowed = profiles(flags, test.flags);
    if (std::ranges::find(allowed, profile) == allowed.end()) {
        return fail(ErrorKind::usage,
                    fmt::format("the test's required_flags and excluded_flags do not allow the "
                                "profile `{}`",
                                cell.profile));
    }
    test.topology = preset->topology;
    if (scheduler != nullptr) {
        add_arguments(profile, *scheduler);
    }
    return {};
}

void put_required_flags(const Test& test, Scheduler& scheduler) {
    add_arguments(profiles(scheduler.flags, test.flags).front(), scheduler); // has the fewest
}

} // namespace ktstr::variants
