// Whether a kernel of the store is what this program would make today.
#pragma once

#include "cargo-ktstr/kernels/kconfig.hpp"
#include "ktstr-runner/store/store.hpp"

#include <optional>
#include <string>

namespace ktstr::kernels {

enum class SchedExt { no, yes };

// What the base "lean" leaves out of a kernel. A kernel that has it is as good: no part of a
// recipe.
Kconfig settings_of_lean();

// Those of the fragments of kconfig/ for a kernel of `arch` (uname's word) that has sched_ext, or
// has not.
Kconfig settings_of_ours(const std::string& arch, SchedExt sched_ext);

// Entry::recipe: equal for equal settings, whatever the order of the fragments' lines.
std::string recipe_digest(const Kconfig& ours);

// For people, with the remedy: made with other settings than ours, or imported by a ktstr that made
// no modules.dep. Absent when it is not stale, or when nobody can know: what was imported, and what
// an older ktstr built, says nothing of a recipe. Sources that changed since make another kernel,
// not a stale one.
std::optional<std::string> why_stale(const store::Entry& entry);

} // namespace ktstr::kernels
