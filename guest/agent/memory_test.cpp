#include "guest/agent/memory.hpp"

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

TEST(OutOfMemoryRecord, IsToldFromThatOfACgroup) {
    EXPECT_TRUE(tells_of_machine_kill(
        "3,512,4000,-;Out of memory: Killed process 47 (tail) total-vm:1kB\n"));
    EXPECT_FALSE(tells_of_machine_kill(
        "3,513,4000,-;Memory cgroup out of memory: Killed process 47 (tail)\n"));
    EXPECT_FALSE(
        tells_of_machine_kill("3,514,4000,-;Out of memory and no killable processes...\n"));
    EXPECT_FALSE(tells_of_machine_kill("Out of memory: Killed process"));
    EXPECT_FALSE(tells_of_machine_kill(""));
}

} // namespace
} // namespace ktstr::guest
