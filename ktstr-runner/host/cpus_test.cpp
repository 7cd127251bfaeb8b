#include "ktstr-runner/host/cpus.hpp"

#include <gtest/gtest.h>

namespace ktstr::host {
namespace {

TEST(Cpus, AQuotaIsSoManyWholeCpus) {
    EXPECT_EQ(parse_cpu_max("200000 100000\n"), 2U);
    EXPECT_EQ(parse_cpu_max("250000 100000\n"), 2U);
    EXPECT_EQ(parse_cpu_max("50000 100000"), 1U);
    for (const auto* none : {"max 100000\n", "", "100000", "1 0", "a b"}) {
        EXPECT_EQ(parse_cpu_max(none), std::nullopt) << none;
    }
}

TEST(Cpus, AreSome) {
    EXPECT_GE(usable_cpus(), 1U);
    EXPECT_GE(allowed_cpus().size(), usable_cpus());
}

} // namespace
} // namespace ktstr::host
