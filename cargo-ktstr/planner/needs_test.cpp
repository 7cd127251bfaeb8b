#include "cargo-ktstr/planner/needs.hpp"
#include "cargo-ktstr/planner/testing_plan.hpp"

#include <gmock/gmock.h>

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

// Tests of the crate in one binary, on one kernel, emulated.
class NeedsTest : public PlanFixture {
protected:
    void add(const std::string& topology, std::uint64_t duration_ms = 1000) {
        list_.suites = {{.binary_id = "c::it"}};
        PlannedTest test{.name = "t" + std::to_string(variants_.tests.size()),
                         .topology = *Topology::parse(topology),
                         .duration_ms = duration_ms,
                         .gauntlet = variants::Gauntlet{}};
        test.unfit.resize(1);
        variants_.tests.push_back(std::move(test));
        const auto number = static_cast<std::uint32_t>(variants_.tests.size() - 1);
        variants_.all.push_back({.test = number, .kernel = 0});
    }

    void ran(const std::string& name, std::chrono::nanoseconds time, bool passed = true) {
        sidecar::Record record;
        record.binary_id = "c::it";
        record.test = name;
        record.kernel_key = "k";
        record.machine = "qemu, tcg";
        record.verdict = passed ? sidecar::Verdict::pass : sidecar::Verdict::fail;
        record.wall_ns = time.count();
        history_.add(record);
    }

    std::vector<Need> needs(const Lanes& lanes = {.count = 2, .cpus = 2}) const {
        return needs_of(times_, variants_, lanes);
    }

    std::vector<int> priorities() const {
        std::vector<int> all;
        for (const auto& need : needs()) {
            all.push_back(need.priority);
        }
        return all;
    }
};

TEST(LanesFor, AreSoManyThatNoMoreVcpusRunThanTheHostMayHave) {
    const Lanes two{.count = 2, .cpus = 2, .overcommit = 8};
    EXPECT_EQ(lanes_for(1, two), 1U);
    EXPECT_EQ(lanes_for(8, two), 1U);
    EXPECT_EQ(lanes_for(9, two), 2U);
    EXPECT_EQ(lanes_for(252, two), 2U); // alone
    EXPECT_EQ(lanes_for(4, {.count = 8, .cpus = 2, .overcommit = 1}), 8U);
    EXPECT_EQ(lanes_for(16, {.count = 64, .cpus = 64, .overcommit = 4}), 4U);
    EXPECT_EQ(lanes_for(4'000'000'000, {.count = 4096, .cpus = 1, .overcommit = 1}), 4096U);
}

TEST_F(NeedsTest, OfTestsWithCpusOfTheirOwnAreAsManyLanesAsThese) {
    add("4");
    variants_.tests[0].performance = true;
    EXPECT_EQ(needs({.count = 16, .cpus = 16})[0].threads, 5U);
    EXPECT_EQ(needs({.count = 4, .cpus = 16})[0].threads, 2U);
    EXPECT_EQ(needs({.count = 2, .cpus = 2})[0].threads, 2U); // it will not run, and alone
}

TEST_F(NeedsTest, HaveTheLimitOfWhatIsExpectedAndOfHowManyShareACpu) {
    add("2");
    add("2", 300'000);
    add("1n2l8c1t", 60'000);
    const auto all = needs();
    EXPECT_EQ(all[0].limit, 30min);
    EXPECT_EQ(all[1].limit, 60min);  // ten times 5 minutes, and a minute to start
    EXPECT_EQ(all[2].limit, 120min); // eight vCPUs on each CPU
    EXPECT_EQ(needs({.count = 16, .cpus = 16})[2].limit, 30min);
}

TEST_F(NeedsTest, HaveALongerLimitWhenTheyTookLongAndNoShorterOneWhenTheyFailedSoon) {
    add("2", 300'000);
    ran("t0", 2s, false);
    EXPECT_EQ(needs()[0].limit, 60min);
    ran("t0", 900s);
    EXPECT_EQ(needs()[0].limit, 240min);
}

TEST_F(NeedsTest, HaveNoLimitWhenNothingIsDeclared) {
    add("2");
    variants_.tests[0].gauntlet.reset(); // a plain test
    EXPECT_EQ(needs()[0].limit, std::nullopt);
    add("2", 1'000'000'000'000'000);
    EXPECT_GE(*needs()[1].limit, 24h); // and no overflow
}

TEST_F(NeedsTest, AreOfWhatRuns) {
    add("2");
    add("2");
    variants_.all[0].left = Left::filtered;
    const auto all = needs();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].variant, 1U);
}

TEST_F(NeedsTest, OfAReserveComeBehindAllOthersInItsOrder) {
    for (int i = 0; i < 45; ++i) {
        add("2");
    }
    add("2"); // chosen
    ran("t0", 1s, false);
    for (std::uint32_t i = 0; i < 45; ++i) {
        variants_.all[44 - i].left = Left::reserve;
        variants_.reserve.push_back(44 - i);
    }
    const auto all = needs();
    ASSERT_EQ(all.size(), 46U);
    EXPECT_EQ(all[0].priority, 0);
    for (std::size_t i = 1; i < all.size(); ++i) {
        EXPECT_EQ(all[i].variant, i - 1) << "as they are listed";
        EXPECT_LT(all[i].priority, 0) << "whatever became of it last";
        EXPECT_GE(all[i].priority, -100);
        EXPECT_TRUE(i == 1 || all[i].priority >= all[i - 1].priority);
        EXPECT_TRUE(all[i].limit);
    }
    EXPECT_EQ(all[1].priority, -100);
    EXPECT_EQ(all[45].priority, -5);
}

TEST_F(NeedsTest, StartWhatFailedLastFirstAndThenWhatTakesLonger) {
    for (int i = 0; i < 5; ++i) {
        add("2");
    }
    EXPECT_THAT(priorities(), ElementsAre(0, 0, 0, 0, 0)); // all alike
    for (const auto* name : {"t0", "t1", "t2"}) {
        ran(name, 1s);
    }
    ran("t3", 10s);
    ran("t4", 6s);
    EXPECT_THAT(priorities(), ElementsAre(0, 0, 0, 81, 45));
    ran("t0", 1s, false);
    EXPECT_THAT(priorities(), ElementsAre(100, 0, 0, 81, 45));
}

} // namespace
} // namespace ktstr::planner
