// What each variant of a workspace is expected to take.
#pragma once

#include "cargo-ktstr/planner/history.hpp"
#include "cargo-ktstr/planner/variants.hpp"

namespace ktstr::planner {

struct Expected {
    std::chrono::nanoseconds time{};
    bool learned = false; // from earlier runs of the variant; else estimated
    bool like = false;    // by earlier runs of the test's other variants; else by what it declares
};

struct Times {
    const nextest::TestList& list;
    const std::vector<PlannedKernel>& kernels;
    const History& history;
    Backend backend = Backend::emulated; // of those that boot, unless ktstr.toml names another
    bool machine_asked = false;          // for all of them, over ktstr.toml

    // As the history knows it.
    Which which(const Variants& variants, const Variant& variant) const;
    Backend backend_of(const PlannedTest& test) const;
    Expected of(const Variants& variants, const Variant& variant) const;
};

} // namespace ktstr::planner
