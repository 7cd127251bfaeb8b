// Which tests a change may have made fail: those whose own sources, or whose scheduler's, differ.
#pragma once

#include "cargo-ktstr/planner/changed_files.hpp"
#include "cargo-ktstr/planner/variants.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace ktstr::planner {

// The sources that a dep-info file of rustc names, relative ones as they stand there (Cargo's
// documentation, "Build cache", "Dep-info files"; the format is that of make).
std::vector<std::filesystem::path> sources_in(std::string_view dep_info);

// Sets `changed` of the tests. rustc's dep-info files lie beside what it made; where one is missing
// nothing is known to have changed. Libraries that a test uses do not count, or one change would
// mark every test. `workspace` is where Cargo runs rustc. Returns how many tests.
std::size_t mark_changed(const nextest::TestList& list,
                         const std::filesystem::path& workspace,
                         const ChangedFiles& changed,
                         Variants& variants);

} // namespace ktstr::planner
