#include "cargo-ktstr/net/transfer_progress.hpp"

#include <gmock/gmock.h>

namespace ktstr::net {

using namespace std::chrono_literals;
using ::testing::DoubleNear;
using ::testing::Optional;

namespace {

constexpr std::uint64_t mib = 1 << 20;

} // namespace

TEST(TransferProgress, IsOneShortLine) {
    EXPECT_EQ(transfer_text(mib * 123 / 10, 148 * mib, mib * 4.1),
              "12.3 of 148 MiB, 4.1 MiB/s, 34 s left");
    EXPECT_EQ(transfer_text(512, 148 * mib, {}), "512 B of 148 MiB");
    EXPECT_EQ(transfer_text(mib * 123 / 10, {}, mib * 4.1), "12.3 MiB, 4.1 MiB/s");
    EXPECT_EQ(transfer_text(0, mib, 0.0), "0 B of 1 MiB, 0 B/s");
    EXPECT_EQ(transfer_text(mib, mib, 1024), "1 of 1 MiB, 1 KiB/s, 0 s left");
    EXPECT_EQ(transfer_text(mib, mib, 0.0), "1 of 1 MiB, 0 B/s");
    EXPECT_EQ(transfer_text(0, 100 * mib, mib / 2), "0 B of 100 MiB, 512 KiB/s, 4 min left");
    EXPECT_EQ(transfer_text(0, 100 * mib, 1024), "0 B of 100 MiB, 1 KiB/s, 29 h left");
    EXPECT_EQ(transfer_text(2 * mib, mib, 1024), "1 of 1 MiB, 1 KiB/s, 0 s left")
        << "never under 0";
}

TEST(TransferProgress, TheRateIsThatOfTheLastSeconds) {
    TransferRate rate;
    const Clock::time_point begun{};
    EXPECT_EQ(rate.bytes_per_second(), std::nullopt);
    rate.add(1000, begun); // of an earlier call: no part of the rate
    rate.add(1100, begun + 100ms);
    EXPECT_EQ(rate.bytes_per_second(), std::nullopt) << "too early";
    for (int i = 1; i <= 1000; ++i) {
        rate.add(1000 + static_cast<std::uint64_t>(i) * 10, begun + i * 10ms);
    }
    EXPECT_THAT(rate.bytes_per_second(), Optional(DoubleNear(1000, 1)));
    for (int i = 1; i <= 1000; ++i) {
        rate.add(11'000 + static_cast<std::uint64_t>(i), begun + 10s + i * 10ms);
    }
    EXPECT_THAT(rate.bytes_per_second(), Optional(DoubleNear(100, 1)));
    rate.add(12'000, begun + 40s);
    EXPECT_THAT(rate.bytes_per_second(), Optional(testing::Lt(20))) << "a silence shows";
}

TEST(TransferProgress, BeginsAnewWithTheFile) {
    TransferRate rate;
    const Clock::time_point begun{};
    rate.add(5000, begun);
    rate.add(10'000, begun + 1s);
    rate.add(0, begun + 2s);
    EXPECT_EQ(rate.bytes_per_second(), std::nullopt);
    rate.add(500, begun + 3s);
    EXPECT_THAT(rate.bytes_per_second(), Optional(DoubleNear(500, 1)));
}

} // namespace ktstr::net
