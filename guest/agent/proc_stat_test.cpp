#include "guest/agent/proc_stat.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

constexpr auto tail =
    " 0 0 20 0 1 0 300 2834432 88 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0\n";

std::string line(std::string_view comm, std::string_view state, std::string_view flags) {
    return "47 (" + std::string(comm) + ") " + std::string(state) + " 1 47 47 0 -1 " +
           std::string(flags) + " 96 0 0 0 2 5" + tail;
}

TEST(ProcStat, ReadsItsFields) {
    const auto stat = parse_proc_stat(line("sh", "S", "4194304"));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->pid, 47);
    EXPECT_EQ(stat->comm, "sh");
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->parent, 1);
    EXPECT_EQ(stat->user, 2U);
    EXPECT_EQ(stat->system, 5U);
    EXPECT_EQ(stat->cpu, 3);
    EXPECT_FALSE(stat->is_kernel_thread());
    EXPECT_FALSE(stat->is_ending());
}

TEST(ProcStat, TakesNamesWithBlanksAndParentheses) {
    const auto stat = parse_proc_stat(line("a) R 7 (b", "D", "0"));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->comm, "a) R 7 (b");
    EXPECT_EQ(stat->state, 'D');
}

TEST(ProcStat, KnowsKernelThreadsAndTheEnding) {
    EXPECT_TRUE(parse_proc_stat(line("kworker/0:0", "I", "69238880"))->is_kernel_thread());
    EXPECT_TRUE(parse_proc_stat(line("sh", "Z", "4194304"))->is_ending());
    EXPECT_TRUE(parse_proc_stat(line("sh", "R", "4194308"))->is_ending());
}

TEST(ProcStat, IsAbsentForBrokenText) {
    const auto whole = line("sh", "S", "4194304");
    EXPECT_FALSE(parse_proc_stat(""));
    EXPECT_FALSE(parse_proc_stat(")("));
    EXPECT_FALSE(parse_proc_stat("(sh) S"));
    EXPECT_FALSE(parse_proc_stat(whole.substr(0, 60)));
    EXPECT_FALSE(parse_proc_stat(line("sh", "S", "x")));
    EXPECT_FALSE(parse_proc_stat(line("sh", "SS", "0")));
}

TEST(Mappings, TheLowestIsTheFirst) {
    EXPECT_EQ(lowest_mapping("555555554000-555555556000 r--p 00000000 00:17 5  /t\n5555-6666"),
              0x555555554000U);
    EXPECT_EQ(lowest_mapping(""), 0U);
    EXPECT_EQ(lowest_mapping("vsyscall"), 0U);
}

} // namespace
} // namespace ktstr::guest
