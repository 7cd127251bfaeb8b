#include "ktstr-runner/host/cpu_list.hpp"

#include <gtest/gtest.h>

namespace ktstr::host {
namespace {

TEST(CpuList, IsReadAsTheKernelWritesIt) {
    EXPECT_EQ(parse_cpu_list("0-3,8\n"), (CpuList{0, 1, 2, 3, 8}));
    EXPECT_EQ(parse_cpu_list("5"), CpuList{5});
    EXPECT_EQ(parse_cpu_list("\n"), CpuList{}); // of a node without CPUs
    EXPECT_EQ(parse_cpu_list("8,0-1,1"), (CpuList{0, 1, 8}));
}

TEST(CpuList, IsNothingElse) {
    for (const auto* text : {"a", "1-", "-1", "3-1", "1,,2", "1-2-3", "0-4294967295", "0-3 8"}) {
        EXPECT_EQ(parse_cpu_list(text), std::nullopt) << text;
    }
}

TEST(CpuList, IsWrittenAsTheKernelWritesIt) {
    for (const auto* text : {"", "0", "0-3,8", "0-1,4-5,7", "1,3,5"}) {
        EXPECT_EQ(cpu_list_text(*parse_cpu_list(text)), text);
    }
}

TEST(CpuList, IsASet) {
    const CpuList even{0, 2, 4};
    EXPECT_TRUE(contains(even, 2));
    EXPECT_FALSE(contains(even, 3));
    EXPECT_EQ(common(even, {0, 1, 4}), (CpuList{0, 4}));
    EXPECT_EQ(without(even, {0, 1, 4}), CpuList{2});
    EXPECT_EQ(as_cpu_list({4, 0, 4}), (CpuList{0, 4}));
}

} // namespace
} // namespace ktstr::host
