#include "ktstr-runner/base/cpu_time.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>

namespace ktstr {
namespace {

using namespace std::chrono_literals;

TEST(CpuTime, ReadsALineOfSchedstat) {
    const auto time = parse_schedstat("1037376515 160105 29\n");
    ASSERT_TRUE(time);
    EXPECT_EQ(time->ran, 1037376515ns);
    EXPECT_EQ(time->waited, 160105ns);
}

TEST(CpuTime, RefusesWhatIsNone) {
    for (const auto* text :
         {"", "\n", "12", "12 34", "x 1 2", "-1 2 3", "1 99999999999999999999 3"}) {
        EXPECT_FALSE(parse_schedstat(text)) << text;
    }
}

TEST(CpuTime, GrowsWhileWeRun) {
    const auto before = cpu_time_of(::getpid());
    if (!before) {
        GTEST_SKIP() << "this kernel keeps no schedstat";
    }
    while (cpu_time_of(::getpid())->ran < before->ran + 5ms) {
    }
}

TEST(CpuTime, OfNobodyIsAbsent) {
    EXPECT_FALSE(cpu_time_of(0x7fffffff));
}

TEST(CpuTime, IsDescribed) {
    EXPECT_EQ(describe({.ran = 1200ms, .waited = 3400ms}), "1.2 s of CPU, 3.4 s waiting for one");
}

} // namespace
} // namespace ktstr
