#include "cargo-ktstr/stats/estimates.hpp"
#include "cargo-ktstr/stats/report.hpp"
#include "cargo-ktstr/stats/run_plan.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::stats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// An attempt's times.
struct Took {
    const char* test;
    std::int64_t expected_ns;
    std::int64_t wall_ns;
    bool learned = true;
    bool passes = true;
};

Runs runs_that(const std::vector<Took>& all) {
    std::vector<sidecar::Record> records;
    for (const auto& took : all) {
        auto record = took.passes ? passed(took.test) : failed(took.test);
        record.wall_ns = took.wall_ns;
        records.push_back(std::move(record));
    }
    auto runs = runs_of(records);
    for (std::size_t i = 0; i < all.size(); ++i) {
        runs.attempts[i].expected_ns = all[i].expected_ns;
        runs.attempts[i].learned = all[i].learned;
    }
    return runs;
}

std::optional<Estimates> of(const Runs& runs) {
    return estimates_of(runs.attempts, runs.words);
}

constexpr std::int64_t s = 1'000'000'000;

TEST(Estimates, AddUpWhatPassed) {
    const auto found = of(runs_that({
        {"a", 2 * s, 1 * s},
        {"b", 2 * s, 2 * s},
        {"c", 2 * s, 5 * s},
        {"d", 2 * s, 60 * s, true, false},
        {"e", 8 * s, 2 * s, false},
        {"f", -1, 9 * s}
    }));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->learned->attempts, 3U);
    EXPECT_EQ(found->learned->expected_ns, 6 * s);
    EXPECT_EQ(found->learned->took_ns, 8 * s);
    EXPECT_EQ(found->learned->median_ratio, 1);
    EXPECT_EQ(found->estimated->attempts, 1U);
    EXPECT_EQ(found->estimated->median_ratio, 0.25);
    ASSERT_EQ(found->largest.size(), 2U); // a is within twice
    EXPECT_EQ(found->largest[0].test, "e");
    EXPECT_EQ(found->largest[1].test, "c");
    EXPECT_EQ(found->largest[1].ratio(), 2.5);
}

TEST(Estimates, ATestsAttemptsAreOneByTheirMedian) {
    const auto found = of(runs_that({
        {"a", 2 * s, 9 * s},
        {"a", 2 * s, 5 * s},
        {"a", 2 * s, 6 * s}
    }));
    ASSERT_EQ(found->largest.size(), 1U);
    EXPECT_EQ(found->largest[0].took_ns, 6 * s);
}

TEST(Estimates, WithoutAPlanThereAreNone) {
    const auto runs = runs_that({
        {"a", -1, s}
    });
    EXPECT_FALSE(of(runs));
    EXPECT_THAT(report(runs), Not(HasSubstr("xpected")));
    const auto planned = runs_that({
        {"a", s, 3 * s}
    });
    EXPECT_THAT(report(planned), HasSubstr("Expected and taken"));
}

TEST(Estimates, AreThePlansOfEachRun) {
    const auto folder = TempDir::create("ktstr-estimates");
    ASSERT_THAT(folder, IsOk());
    std::vector<std::filesystem::path> runs;
    for (const auto* ns : {"7", "8", "\"x\""}) {
        runs.push_back(folder->path() / ("run" + std::to_string(runs.size())));
        auto record = passed("t");
        record.run_id = ns;
        ASSERT_THAT(sidecar::write(runs.back(), record), IsOk());
        const auto plan = std::string(R"({"tests": [{"binary_id": "c::it", "name": "u"},
            {"binary_id": "c::it", "name": "t", "learned": true, "expected_ns": )") +
                          ns + "}]}";
        ASSERT_THAT(write_file_atomically(runs.back() / "plan.json", plan), IsOk());
    }
    const auto read = read_runs(runs);
    ASSERT_THAT(read, IsOk());
    ASSERT_EQ(read->attempts.size(), 3U);
    for (const auto& attempt : read->attempts) {
        const auto& run = read->words[attempt.run];
        EXPECT_EQ(attempt.expected_ns, run == "7" ? 7 : run == "8" ? 8 : -1);
        EXPECT_EQ(attempt.learned, run != "\"x\"");
    }
}

} // namespace
} // namespace ktstr::stats
