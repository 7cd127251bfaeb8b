#include "cargo-ktstr/stats/behaviour.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using sidecar::Record;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

Behaviour told_by(const Record& record) {
    auto told = behaviour_of(sidecar::to_json(record), "a.json");
    EXPECT_THAT(told, IsOk());
    return told.value_or(Behaviour{});
}

Record record_with(std::string facts) {
    return deterministic(passed("t", std::move(facts)), "d");
}

std::vector<ExactDifference> between(const Record& a, const Record& b) {
    return differences_between(told_by(a), told_by(b));
}

std::vector<std::string> names_of(const std::vector<ExactDifference>& differences) {
    std::vector<std::string> out;
    for (const auto& one : differences) {
        out.push_back(one.measure);
    }
    return out;
}

constexpr const char* with_all = R"({"results": [{"cgroups": {"a": {"max_gap_ms": 20,
    "total_migrations": 4, "total_cpu_time_ns": 1000000000, "cpus_used": [0, 1],
    "workers": [{"tid": 7, "iterations": 5}]}},
    "phases": [{"name": "step 0", "programs": [{"id": 3, "run_cnt": 5}]}]}],
    "programs": [{"id": 3, "name": "enqueue", "run_cnt": 5, "run_time_ns": 900}],
    "events": {"SCX_EV_X": 2}})";
constexpr const char* with_other = R"({"results": [{"cgroups": {"a": {"max_gap_ms": 30,
    "total_migrations": 5, "total_cpu_time_ns": 1000000000, "cpus_used": [0, 2],
    "workers": [{"tid": 7, "iterations": 6}]}},
    "phases": [{"name": "step 0", "programs": [{"id": 3, "run_cnt": 6}]}]}],
    "programs": [{"id": 3, "name": "enqueue", "run_cnt": 6, "run_time_ns": 901}],
    "events": {"SCX_EV_X": 3}})";

} // namespace

TEST(BehaviourDifferences, AreAllOfThemTheMostRelevantFirst) {
    const auto found = between(record_with(with_all), record_with(with_other));
    EXPECT_THAT(names_of(found),
                ElementsAre("max_gap", // it matters
                            "migrations",
                            "bpf_time",
                            "events.SCX_EV_X",
                            "programs.enqueue.run_cnt",
                            "scenario.cgroups.a.cpus_used",
                            "scenario.cgroups.a.max_gap_ms",
                            "scenario.cgroups.a.total_migrations",
                            "scenario.cgroups.a.workers.0.iterations",
                            "scenario.phases.step 0.programs.enqueue.run_cnt",
                            "programs.enqueue.run_time_ns"));
    EXPECT_EQ(found[0].effect, Effect::worse);
    EXPECT_THAT(found[0].change, Optional(0.5));
    EXPECT_EQ(found[0].a.value_or(Measure{}).text, "20 ms");
    EXPECT_EQ(found[0].b.value_or(Measure{}).json, "30");
    EXPECT_EQ(found[1].effect, Effect::none) << "one migration a second matters to nobody";
    EXPECT_EQ(between(record_with(with_other), record_with(with_all))[0].effect, Effect::better);
}

TEST(BehaviourDifferences, OfTheHostAndItsTimeThereAreNone) {
    auto before = record_with(with_all);
    auto after = before;
    after.run_id = "other";
    after.wall_ns = 5'000'000'000;
    after.phases_ns[static_cast<std::size_t>(sidecar::Phase::body)] = 7;
    after.started_at_ns = 8;
    after.origin = "template, set up, saved as template";
    after.layer = 1;
    after.notes = {"the host was busy"};
    after.host_cpus = "0-1";
    after.vcpus = {{.exits = 10}};
    after.output_dropped = 3;
    EXPECT_THAT(between(before, after), IsEmpty());
    EXPECT_THAT(other_inputs(told_by(before), told_by(after)), IsEmpty());
}

// A failure measures something else: its verdict is the change.
TEST(BehaviourDifferences, OfOneThatFailedNoMetricIsWorse) {
    auto bad = record_with(with_other);
    bad.verdict = sidecar::Verdict::fail;
    bad.reason = sidecar::Reason::test_failed;
    const auto found = between(record_with(with_all), bad);
    EXPECT_EQ(found.at(0).measure, "reason");
    EXPECT_EQ(found.at(1).measure, "verdict");
    for (const auto& one : found) {
        EXPECT_EQ(one.effect, Effect::none) << one.measure;
    }
}

TEST(BehaviourDifferences, KnowWhatOneAloneHas) {
    const auto found = between(record_with(R"({"events": {}})"),
                               record_with(R"({"events": {"SCX_EV_X": 18446744073709551615}})"));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].measure, "events.SCX_EV_X");
    EXPECT_FALSE(found[0].a);
    EXPECT_EQ(found[0].b.value_or(Measure{}).json, "18446744073709551615") << "to the last bit";
}

// Two processes of one scheduler, two scenarios, and a number too large for a fraction.
TEST(BehaviourDifferences, TellThingsOfOneNameApart) {
    auto before = record_with(R"({"results": [{"duration": 9007199254740993}, {"duration": 5}]})");
    before.schedulers = {
        {.name = "scx", .ran_ns = 1},
        {.name = "scx", .ran_ns = 2}
    };
    auto after = before;
    after.schedulers[1].ran_ns = 3;
    after.facts.text = R"({"results": [{"duration": 9007199254740992}, {"duration": 6}]})";
    EXPECT_THAT(names_of(between(before, after)),
                ElementsAre("schedulers.scx#2.ran_ns", "results.1.duration", "results.0.duration"));
}

TEST(BehaviourInputs, AreWhatTheGuestWasGiven) {
    const auto before = record_with(with_all);
    auto after = before;
    after.scheduler_digest = "abc";
    after.scheduler_arguments = {"--slice", "6"};
    after.machine = "qemu 10.1.0, tcg, deterministic, microvm";
    EXPECT_THAT(other_inputs(told_by(before), told_by(after)),
                ElementsAre("machine", "scheduler", "the scheduler's arguments"));
}

// What runners record says more than the size of what they handed over.
TEST(BehaviourInputs, AreThoseThatWereRecordedToo) {
    auto before = record_with(with_all);
    auto after = before;
    after.payload_bytes = 5;
    EXPECT_THAT(other_inputs(told_by(before), told_by(after)),
                ElementsAre("the size of the test's files"));
    before.inputs = {"kernel: 1", "files: 2"};
    EXPECT_THAT(other_inputs(told_by(before), told_by(after)),
                ElementsAre("the size of the test's files"))
        << "one alone tells nothing";
    after.inputs = {"kernel: 1", "files: 3"};
    EXPECT_THAT(other_inputs(told_by(before), told_by(after)), ElementsAre("files"));
}

} // namespace ktstr::stats
