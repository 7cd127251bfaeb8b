#include "guest/agent/test_cgroup.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

TEST(Counter, TakesTheWholeName) {
    constexpr auto text = "low 0\noom 1\noom_kill 23\noom_group_kill 4\n";
    EXPECT_EQ(counter(text, "oom"), 1U);
    EXPECT_EQ(counter(text, "oom_kill"), 23U);
    EXPECT_EQ(counter(text, "oom_group"), 0U);
    EXPECT_EQ(counter("", "oom"), 0U);
}

} // namespace
} // namespace ktstr::guest
