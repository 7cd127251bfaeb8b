#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/tsc.hpp"

#include <array>
#include <thread>
#include <vector>

namespace ktstr::host {

TEST(Tsc, MeasuresTheSameRateTwice) {
    const auto first = static_cast<double>(measure_tsc_khz());
    const auto second = static_cast<double>(measure_tsc_khz());
    EXPECT_GT(first, 100'000.0);
    EXPECT_LT(first, 10'000'000.0);
    EXPECT_NEAR(first, second, first / 500);
}

TEST(Tsc, CpuidAndMeasurementAgree) {
    const auto told = tsc_khz_from_cpuid();
    if (!told) {
        GTEST_SKIP() << "neither CPU nor hypervisor tells the rate";
    }
    EXPECT_NEAR(static_cast<double>(*told),
                static_cast<double>(measure_tsc_khz()),
                static_cast<double>(*told) / 100);
}

TEST(Tsc, IsTheSameFromTheCache) {
    const auto dir = TempDir::create("tsc");
    ASSERT_THAT(dir, IsOk());
    const FactCache cache(dir->path());
    const auto first = tsc_khz(cache);
    EXPECT_EQ(tsc_khz(cache), first);
}

TEST(Tsc, IsTheSameForAllThatAskAtOnce) {
    const auto dir = TempDir::create("tsc");
    ASSERT_THAT(dir, IsOk());
    std::array<std::uint64_t, 4> told{};
    std::vector<std::thread> threads;
    for (auto& khz : told) {
        threads.emplace_back([&] { khz = tsc_khz(FactCache(dir->path() / "new")); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_THAT(told, testing::Each(told[0]));
}

TEST(Tsc, DoesNotBelieveABrokenCache) {
    const auto dir = TempDir::create("tsc");
    ASSERT_THAT(dir, IsOk());
    const FactCache cache(dir->path());
    cache.remember("tsc-khz", boot_key(), "0");
    EXPECT_GT(tsc_khz(cache), 100'000U);
    cache.remember("tsc-khz", boot_key(), "fast");
    EXPECT_GT(tsc_khz(cache), 100'000U);
}

} // namespace ktstr::host
