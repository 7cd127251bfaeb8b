#include "ktstr-runner/session/host_share.hpp"

#include <gtest/gtest.h>

namespace ktstr::session {
namespace {

using namespace std::chrono_literals;

// Looks ten times a second for so long, at a machine that has of each second what is said.
void watch(HostShare& share,
           Clock::time_point& now,
           CpuTime& time,
           std::chrono::seconds span,
           std::chrono::milliseconds ran,
           std::chrono::milliseconds waited) {
    for (const auto end = now + span; now < end; now += 100ms) {
        share.look(now, time);
        time.ran += ran / 10;
        time.waited_in_all += waited / 10;
    }
    share.look(now, time);
}

double share_of(unsigned cpus, std::chrono::milliseconds ran, std::chrono::milliseconds waited) {
    HostShare share(cpus);
    Clock::time_point now;
    CpuTime time;
    watch(share, now, time, 4s, ran, waited);
    return share.given().worst;
}

TEST(HostShare, IsAllOnAnIdleHost) {
    EXPECT_DOUBLE_EQ(share_of(2, 1900ms, 0ms), 1);
    EXPECT_DOUBLE_EQ(share_of(2, 0ms, 0ms), 1);
}

TEST(HostShare, VcpusThatWaitForEachOtherHaveAll) {
    EXPECT_DOUBLE_EQ(share_of(2, 2000ms, 6000ms), 1); // eight on two CPUs
}

TEST(HostShare, IsWhatOthersLeave) {
    EXPECT_NEAR(share_of(2, 1000ms, 7000ms), 0.5, 1e-9);
    EXPECT_NEAR(share_of(4, 250ms, 750ms), 0.25, 1e-9); // one thread
}

TEST(HostShare, WhoHardlyWantsToRunTellsNothing) {
    EXPECT_DOUBLE_EQ(share_of(2, 10ms, 450ms), 1);
}

TEST(HostShare, TheWorstSecondCounts) {
    HostShare share(2);
    Clock::time_point now;
    CpuTime time;
    watch(share, now, time, 3s, 1900ms, 0ms);
    watch(share, now, time, 1s, 200ms, 1600ms);
    watch(share, now, time, 3s, 1900ms, 0ms);
    EXPECT_NEAR(share.given().worst, 200.0 / 1800, 1e-9);
}

TEST(HostShare, OfTheWholeItIsTheMeanAndTheTimeThatWasLost) {
    HostShare share(2);
    Clock::time_point now;
    CpuTime time;
    watch(share, now, time, 9s, 2000ms, 0ms);
    watch(share, now, time, 1s, 200ms, 1800ms);
    EXPECT_NEAR(share.given().mean, 18.2 / 20, 0.01);
    EXPECT_NEAR(share.given().lost_ms, 900, 100);
    EXPECT_NEAR(share.given().worst, 0.1, 0.01);
}

TEST(HostShare, WhatIsMissingIsCountedInCpus) {
    HostShare share(2);
    Clock::time_point now;
    CpuTime time;
    watch(share, now, time, 4s, 200ms, 1800ms);
    EXPECT_NEAR(share.given().missing, 1.8, 0.01);
    watch(share, now, time, 4s, 1ms, 9ms); // it sleeps
    EXPECT_NEAR(share.given().missing, 0.9, 0.02);
}

TEST(HostShare, AStopIsNotCounted) {
    HostShare share(2);
    Clock::time_point now;
    CpuTime time;
    watch(share, now, time, 4s, 100ms, 900ms);
    share.forget_last();
    now += 1h;
    watch(share, now, time, 4s, 100ms, 900ms);
    EXPECT_NEAR(share.given().missing, 0.9, 0.02);
    EXPECT_NEAR(share.given().lost_ms, 7200, 100);
}

TEST(HostShare, LessThanASecondTellsNothing) {
    HostShare share(2);
    Clock::time_point now;
    share.look(now, {});
    share.look(now + 900ms, {.ran = 10ms, .waited = 890ms, .waited_in_all = 890ms});
    EXPECT_DOUBLE_EQ(share.given().worst, 1);
}

TEST(HostShare, LooksAreTenAtMostInASecond) {
    HostShare share(2);
    const Clock::time_point now;
    EXPECT_FALSE(share.wants_look(now)); // it has not begun
    share.begin(now);
    EXPECT_FALSE(share.wants_look(now + 99ms));
    EXPECT_TRUE(share.wants_look(now + 100ms));
    share.look(now + 100ms, {});
    EXPECT_FALSE(share.wants_look(now + 199ms));
    EXPECT_TRUE(share.wants_look(now + 200ms));
}

} // namespace
} // namespace ktstr::session
