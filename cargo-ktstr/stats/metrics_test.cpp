#include "cargo-ktstr/stats/metrics.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace ktstr::stats {

namespace {

std::optional<double> value(const Values& values, std::string_view name) {
    return values.get(metric_named(name).value());
}

Values measured(const std::string& facts, const sidecar::Record& record = {}) {
    JsonParser parser;
    return values_of(record, parser.parse(facts).value());
}

using ::testing::DoubleNear;
using ::testing::Optional;

} // namespace

TEST(Metrics, AreSumsAndTheWorstOverCgroupsAndScenarios) {
    const auto values = measured(R"({
        "programs": [{"run_time_ns": 20000000}, {"run_time_ns": 20000000}],
        "results": [
          {"cgroups": {"a": {"max_gap_ms": 5, "total_cpu_time_ns": 1000000000, "total_iterations": 100,
              "total_migrations": 6, "num_workers": 2, "page_locality": 0.5,
              "run_delay": {"total_ns": 4000000, "worst_us": 3000},
              "wake": {"p50_us": 1, "p99_us": 2, "p999_us": 3},
              "workers": [{"cpu_time_ns": 400000000}, {"cpu_time_ns": 600000000}]}}},
          {"cgroups": {"b": {"max_gap_ms": 9, "total_cpu_time_ns": 1000000000, "total_iterations": 300,
              "total_migrations": 2, "num_workers": 2, "page_locality": 0.75}}}]})");
    EXPECT_THAT(value(values, "max_gap"), Optional(9.0));
    EXPECT_THAT(value(values, "spread"), Optional(DoubleNear(40, 1e-4)));
    EXPECT_THAT(value(values, "migrations"), Optional(4.0));
    EXPECT_THAT(value(values, "run_delay_mean"), Optional(2.0)) << "b does not tell";
    EXPECT_THAT(value(values, "run_delay_worst"), Optional(3.0));
    EXPECT_THAT(value(values, "wake_p99"), Optional(2.0));
    EXPECT_THAT(value(values, "iterations"), Optional(200.0));
    EXPECT_THAT(value(values, "page_locality"), Optional(0.5)) << "less is worse";
    EXPECT_THAT(value(values, "bpf_time"), Optional(DoubleNear(2, 1e-4)));
    EXPECT_EQ(value(values, "attach"), std::nullopt);
}

TEST(Metrics, OfTheRecordAreAttachDetachAndExits) {
    sidecar::Record record;
    record.schedulers = {
        {.attach_ns = 2'000'000, .detach_ns = 3'000'000}
    };
    record.wall_ns = 2'000'000'000;
    record.vcpus = {{.exits = 10}, {.exits = 30}};
    const auto values = measured("{}", record);
    EXPECT_THAT(value(values, "attach"), Optional(2.0));
    EXPECT_THAT(value(values, "detach"), Optional(3.0));
    EXPECT_THAT(value(values, "kvm_exits"), Optional(20.0));
    record.layer = 1;
    record.origin = "template";
    EXPECT_EQ(value(measured("{}", record), "attach"), std::nullopt) << "another's";
    record.deterministic = true;
    EXPECT_THAT(value(measured("{}", record), "attach"), Optional(2.0)) << "as everybody's";
    record.deterministic = false;
    record.origin = "boot, set up, saved as template";
    EXPECT_THAT(value(measured("{}", record), "attach"), Optional(2.0));
}

TEST(Metrics, ACgroupThatDoesNotTellIsNotZero) {
    const auto values = measured(R"({"results": [{"cgroups": {
        "a": {"num_workers": 2, "total_cpu_time_ns": 1000000000},
        "b": {"num_workers": 1, "total_cpu_time_ns": 1000000000, "total_iterations": 50,
              "run_delay": {"total_ns": 2000000}}}}]})");
    EXPECT_THAT(value(values, "iterations"), Optional(50.0));
    EXPECT_THAT(value(values, "run_delay_mean"), Optional(2.0));
    EXPECT_EQ(value(values, "migrations"), std::nullopt);
}

TEST(Metrics, WhatWasNotMeasuredIsAbsent) {
    for (const auto* facts :
         {"null",
          "[]",
          "{}",
          R"({"results": 7})",
          R"({"results": [7, {"cgroups": []}, {"cgroups": {"a": 7}}]})",
          R"({"results": [{"cgroups": {"a": {"max_gap_ms": "5", "workers": 3}}}]})",
          R"({"programs": [7], "results": []})"}) {
        EXPECT_EQ(measured(facts), Values{}) << facts;
    }
}

TEST(Values, HoldOnlyNumbers) {
    Values values;
    values.set(0, std::numeric_limits<double>::quiet_NaN());
    values.set(1, std::numeric_limits<double>::infinity());
    values.set(2, 1e300); // no float
    EXPECT_EQ(values, Values{});
    values.set(3, 0);
    EXPECT_THAT(values.get(3), Optional(0.0));
}

TEST(Metrics, HaveNamesOfTheirOwn) {
    for (std::size_t i = 0; i < metrics.size(); ++i) {
        EXPECT_EQ(metric_named(metrics[i].name), i);
        EXPECT_GT(metrics[i].relative, 0) << metrics[i].name;
    }
    EXPECT_EQ(metric_named("none"), std::nullopt);
}

} // namespace ktstr::stats
