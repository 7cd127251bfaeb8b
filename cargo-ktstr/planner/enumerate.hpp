// Finds the variants: those of the tests that nextest lists, and the gauntlet's of each.
#pragma once

#include "cargo-ktstr/nextest/test_list.hpp"
#include "cargo-ktstr/planner/variants.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace ktstr::planner {

struct VariantsQuestion {
    const nextest::TestList& list; // as the runners list them
    std::span<const PlannedKernel> kernels;
    std::filesystem::path ktstr_config;
    std::string profile;
    variants::Room room;
    bool gauntlet = false; // it was asked for
    bool listed = true;    // its names are in the list; else nothing is that chooses among them
};

// What a test binary declares; absent when it is not built with the crate.
using Declare = std::function<Result<std::optional<variants::Declarations>>(
    const std::filesystem::path& binary)>;

// An error is one that every run would have: a configuration that cannot be read, a declaration
// that is wrong.
Result<Variants> enumerate(const VariantsQuestion& question, const Declare& declare);

} // namespace ktstr::planner
