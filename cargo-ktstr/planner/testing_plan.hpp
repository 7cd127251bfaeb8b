// What tests of a plan have in common: a list, one kernel, and what is known of its tests.
#pragma once

#include "cargo-ktstr/planner/times.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ktstr::planner {

class PlanFixture : public testing::Test {
protected:
    nextest::TestList list_;
    std::vector<PlannedKernel> kernels_{
        {.spec = "k", .label = {}, .entry = {.key = "k"}}
    };
    History history_;
    Variants variants_;
    Times times_{.list = list_, .kernels = kernels_, .history = history_};
};

} // namespace ktstr::planner
