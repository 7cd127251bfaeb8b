// The gauntlet of a test: every preset of a topology times every profile of its scheduler's flags.
// Nothing is left out without a reason.
#pragma once

#include "ktstr-runner/variants/declarations.hpp"
#include "ktstr-runner/variants/name.hpp"
#include "ktstr-runner/variants/presets.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ktstr::variants {

// One preset for one test; what keeps it from running is the same for all profiles.
enum class Fit { runs, constraints, no_room };

struct PresetFit {
    const Preset* preset;
    Fit fit = Fit::runs;
    std::optional<std::string> why_not; // absent: it runs
};

struct Gauntlet {
    std::vector<PresetFit> presets; // all, in their order
    std::vector<Profile> profiles;  // at least one
};

// `scheduler` is the test's own, null for EEVDF. A test without a machine has none.
std::optional<Gauntlet> gauntlet_of(const Test& test, const Scheduler* scheduler, const Room& room);

// The names of those that run.
std::vector<std::string>
gauntlet_names(const Test& test, const Scheduler* scheduler, const Room& room);

// What a name, without its kernel's label, stands for in the gauntlet of these tests; absent for
// one of another form, for a test that is called so, and for a test that is not declared.
std::optional<GauntletName> in_gauntlet(const Declarations& declarations, std::string_view name);

// A test of the gauntlet as one that declares the cell's topology and its scheduler's flags. What
// is unknown, or not for this test, is an error; the room is who asks by name's own affair.
Result<> put_into(const Cell& cell, Test& test, Scheduler* scheduler);

// The same of a test as it is declared: with the flags that it requires.
void put_required_flags(const Test& test, Scheduler& scheduler);

} // namespace ktstr::variants
