#include "cargo-ktstr/stats/runs.hpp"
#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::stats {
namespace {

namespace fs = std::filesystem;
using sidecar::Record;
using sidecar::Verdict;

Record record(const std::string& run_id, const std::string& test, Verdict verdict) {
    Record made{.run_id = run_id, .binary_id = "crate", .test = test};
    made.verdict = verdict;
    made.reason = verdict == Verdict::pass ? sidecar::Reason::none : sidecar::Reason::test_failed;
    return made;
}

class ReadRuns : public testing::Test {
protected:
    fs::path directory(const std::string& name, const std::vector<Record>& records) {
        const auto path = folder_->path() / name;
        fs::create_directories(path);
        for (const auto& record : records) {
            EXPECT_THAT(sidecar::write(path, record), IsOk());
        }
        return path;
    }

    Result<TempDir> folder_ = TempDir::create("runs");
};

TEST_F(ReadRuns, AddsUpThePartsOfARun) {
    const std::vector parts{directory("1", {record("r1", "a", Verdict::pass)}),
                            directory("2", {record("r2", "b", Verdict::fail)})};
    const auto runs = read_runs(parts);
    ASSERT_THAT(runs, IsOk());
    EXPECT_EQ(runs->attempts.size(), 2U);
    EXPECT_EQ(runs->identical, 0U);
    EXPECT_EQ(summarise(runs->attempts, runs->words).count(Verdict::fail), 1U);
}

TEST_F(ReadRuns, CountsTheSameAttemptOnce) {
    const std::vector both{
        directory("1", {record("r1", "a", Verdict::pass)}),
        directory("2", {record("r1", "a", Verdict::pass), record("r1", "b", Verdict::pass)})};
    const auto runs = read_runs(both);
    ASSERT_THAT(runs, IsOk());
    EXPECT_EQ(runs->attempts.size(), 2U);
    EXPECT_EQ(runs->identical, 1U);
}

// One that is there three times, and two of the same names and times whose contents differ.
TEST_F(ReadRuns, TellsFilesApartByTheirContents) {
    auto other = record("r1", "a", Verdict::pass);
    other.headline = "another's";
    const std::vector all{directory("1", {record("r1", "a", Verdict::pass)}),
                          directory("2", {other}),
                          directory("3", {record("r1", "a", Verdict::pass)}),
                          directory("4", {other, record("r1", "a", Verdict::pass)})};
    const auto runs = read_runs(all);
    ASSERT_THAT(runs, IsOk());
    EXPECT_EQ(runs->attempts.size(), 2U);
    EXPECT_EQ(runs->identical, 3U);
}

// What passed on one machine and failed on another has failed.
TEST_F(ReadRuns, KeepsTheSameTestOfTwoRunsApart) {
    const std::vector both{directory("1", {record("r1", "a", Verdict::fail)}),
                           directory("2", {record("r2", "a", Verdict::pass)})};
    const auto runs = read_runs(both);
    ASSERT_THAT(runs, IsOk());
    const auto summary = summarise(runs->attempts, runs->words);
    EXPECT_EQ(summary.count(Verdict::fail), 1U);
    EXPECT_EQ(summary.count(Verdict::pass), 1U);
    EXPECT_EQ(summary.flaky, 0U);
}

TEST_F(ReadRuns, CountsWhatDidNotBeginApart) {
    auto late = record("r1", "b", Verdict::skip);
    late.reason = sidecar::Reason::not_begun;
    const std::vector one{directory("1", {record("r1", "a", Verdict::skip), late})};
    const auto runs = read_runs(one);
    ASSERT_THAT(runs, IsOk());
    ASSERT_EQ(runs->attempts.size(), 1U);
    EXPECT_EQ(runs->words[runs->attempts[0].name], "a");
    ASSERT_EQ(runs->not_begun.size(), 1U);
    EXPECT_EQ(runs->words[runs->not_begun[0].name], "b");
}

TEST_F(ReadRuns, NamesWhatCannotBeRead) {
    const auto good = directory("1", {record("r1", "a", Verdict::pass)});
    ASSERT_THAT(write_file_atomically(good / "crate-b-1-0123abcd.json", "{"), IsOk());
    const std::vector both{good, folder_->path() / "none"};
    EXPECT_THAT(read_runs(both), IsErrorWith("none"));
    std::vector empty{directory("empty", {})};
    EXPECT_THAT(read_runs(empty), IsErrorWith("there are no results in"));
    empty.push_back(good);
    EXPECT_THAT(read_runs(empty), IsErrorWith("there are no results in"));
    const auto plan = empty[0] / "plan.json";
    ASSERT_THAT(write_file_atomically(plan, R"({"counts": {"matching": 3}})"), IsOk());
    EXPECT_THAT(read_runs(empty), IsErrorWith("there are no results in")); // it never began
    ASSERT_THAT(write_file_atomically(plan, R"({"counts": {"matching": 0}})"), IsOk());
    const auto both_read = read_runs(empty);
    ASSERT_THAT(both_read, IsOk());
    EXPECT_EQ(both_read->without_tests.size(), 1U);
    EXPECT_EQ(both_read->attempts.size(), 1U);
    EXPECT_THAT(read_runs(std::span(empty).first(1)), IsErrorWith("there are no results in"));
    const auto runs = read_runs(std::span(both).first(1));
    ASSERT_THAT(runs, IsOk());
    EXPECT_EQ(runs->damaged.size(), 1U);
}

} // namespace
} // namespace ktstr::stats
