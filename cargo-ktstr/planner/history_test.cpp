#include "cargo-ktstr/planner/history.hpp"
#include "guest/wire/random.hpp"

#include <gtest/gtest.h>

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;

sidecar::Record record(std::int64_t seconds,
                       sidecar::Verdict verdict = sidecar::Verdict::pass,
                       const char* machine = "qemu 10.0.2, tcg, microvm") {
    sidecar::Record out;
    out.binary_id = "crate::it";
    out.test = "gauntlet/t/tiny-1llc/default";
    out.kernel_key = "6.14-key";
    out.machine = machine;
    out.verdict = verdict;
    out.wall_ns = seconds * 1'000'000'000;
    return out;
}

const Which tiny{
    .binary_id = "crate::it", .name = "gauntlet/t/tiny-1llc/default", .kernel_key = "6.14-key"};

std::optional<std::chrono::nanoseconds> p95(const History& history, Backend backend) {
    return history.p95(tiny, backend);
}

TEST(History, TellsWhatWorkATestDid) {
    History history;
    auto ran = record(1);
    ran.facts.text = R"({"results": [{"work": ["spin_wait", 7]}, {"work": ["bursty"]}, 3]})";
    history.add(ran);
    EXPECT_EQ(history.work_of("crate::it", "t"), (std::set<std::string>{"bursty", "spin_wait"}));
    EXPECT_TRUE(history.work_of("crate::it", "u").empty());
    for (const auto* text :
         {"", "{", "[]", R"({"results": 1})", R"({"results": [{"work": {}}]})"}) {
        auto strange = record(1);
        strange.test = "strange";
        strange.facts.text = text;
        history.add(strange);
        EXPECT_TRUE(history.work_of("crate::it", "strange").empty()) << text;
    }
}

TEST(History, TakesThe95thPercentileOfWhatRan) {
    History history;
    EXPECT_EQ(p95(history, Backend::emulated), std::nullopt);
    for (int seconds = 1; seconds <= 20; ++seconds) {
        history.add(record(seconds));
    }
    EXPECT_EQ(p95(history, Backend::emulated), 19s);
    history.add(record(900, sidecar::Verdict::fail));
    history.add(record(100, sidecar::Verdict::skip));
    EXPECT_EQ(p95(history, Backend::emulated), 19s);
}

TEST(History, BackendsHaveTimesOfTheirOwn) {
    History history;
    history.add(record(7));
    history.add(record(1, sidecar::Verdict::pass, "ktstr 0.1.0, kvm"));
    auto deterministic = record(9, sidecar::Verdict::pass, "qemu 10.0.2, tcg, deterministic");
    deterministic.deterministic = true;
    deterministic.seed = wire::own_seed(1);
    history.add(deterministic);
    deterministic.seed = 13; // explored
    deterministic.wall_ns = 30'000'000'000;
    history.add(deterministic);
    EXPECT_EQ(p95(history, Backend::emulated), 7s);
    EXPECT_EQ(p95(history, Backend::kvm), 1s);
    EXPECT_EQ(p95(history, Backend::deterministic), 9s);
    EXPECT_EQ(p95(history, Backend::host), std::nullopt);
}

TEST(History, TheLastAttemptSaysWhetherItFailed) {
    History history;
    const auto failed = [&] { return history.failed_last(tiny); };
    EXPECT_FALSE(failed());
    history.add(record(1, sidecar::Verdict::fail));
    EXPECT_TRUE(failed());
    history.add(record(1));
    EXPECT_FALSE(failed());
    history.add(record(1, sidecar::Verdict::inconclusive));
    EXPECT_TRUE(failed());
}

TEST(History, AKernelIsKnownUnderAnyLabel) {
    History history;
    auto labelled = record(5, sidecar::Verdict::fail);
    labelled.test += "/kernel_6_14";
    history.add(labelled);
    EXPECT_EQ(p95(history, Backend::emulated), 5s);
    EXPECT_TRUE(history.failed_last(tiny));
    auto on_another = tiny;
    on_another.kernel_key = "6.12-key";
    EXPECT_FALSE(history.failed_last(on_another));
}

TEST(History, OtherVariantsOfATestTellOfOneThatNeverRan) {
    const auto like = [](const History& history, unsigned vcpus) {
        return history.like("crate::it", "t", Backend::emulated, vcpus);
    };
    History history;
    EXPECT_EQ(like(history, 4), std::nullopt);
    auto small = record(2);
    small.topology = "1n1l2c1t";
    auto large = record(9);
    large.topology = "1n2l4c1t";
    large.test = "t";
    for (const auto& one : {small, large, large}) {
        history.add(one);
    }
    history.add(record(90, sidecar::Verdict::fail));
    EXPECT_EQ(like(history, 2), 2s);
    EXPECT_EQ(like(history, 3), 2s + 100ms) << "a vCPU more than the nearest";
    EXPECT_EQ(like(history, 10), 9s + 200ms);
    EXPECT_EQ(history.like("crate::it", "t", Backend::kvm, 2), std::nullopt);
    EXPECT_EQ(history.like("crate::it", "u", Backend::emulated, 2), std::nullopt);
    for (int again = 0; again < 15; ++again) { // the newest count
        small.wall_ns = std::chrono::nanoseconds(5s).count();
        history.add(small);
    }
    EXPECT_EQ(like(history, 1), 5s - 100ms);
}

TEST(Estimate, GrowsWithTheMachineAndTheTest) {
    EXPECT_LT(estimate(Backend::kvm, 4, 1000), estimate(Backend::emulated, 4, 1000));
    EXPECT_LT(estimate(Backend::emulated, 4, 1000), estimate(Backend::emulated, 16, 1000));
    EXPECT_EQ(estimate(Backend::emulated, 4, 3000) - estimate(Backend::emulated, 4, 1000), 2s);
}

} // namespace
} // namespace ktstr::planner
