// What is measured of an attempt and compared between attempts: one table. A value that was not
// measured is absent, never zero.
#pragma once

#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ktstr::stats {

enum class Better { less, more };

struct Metric {
    std::string_view name; // as the reference has it: docs/reference/metrics.md
    std::string_view unit;
    Better better;
    // What matters: a difference of at least so much, in the unit, and at least such a part of the
    // median.
    double absolute;
    double relative;
    std::string_view meaning;
};

// clang-format off
inline constexpr auto metrics = std::to_array<Metric>({
    {"max_gap",         "ms",     Better::less, 5,    0.25, "the longest time in which a worker did not get on"},
    {"spread",          "%",      Better::less, 5,    0.25, "of a cgroup's workers: the most CPU time less the least, of the mean; the worst cgroup"},
    {"migrations",      "/s",     Better::less, 5,    0.30, "moves to another CPU in a second of the workers' CPU time"},
    {"run_delay_mean",  "ms",     Better::less, 0.05, 0.20, "what a worker waited for a CPU in all, the mean"},
    {"run_delay_worst", "ms",     Better::less, 0.1,  0.50, "the same, the worst worker's"},
    {"wake_p50",        "us",     Better::less, 20,   0.25, "from wake-up to running, the median; the worst cgroup's"},
    {"wake_p99",        "us",     Better::less, 50,   0.25, "the 99th percentile of the same"},
    {"wake_p999",       "us",     Better::less, 100,  0.50, "the 99.9th percentile of the same"},
    {"iterations",      "/s",     Better::more, 10,   0.10, "iterations in a second of the workers' CPU time"},
    {"page_locality",   "",       Better::more, 0.05, 0.10, "pages on the node of the CPU that uses them; the worst cgroup's share"},
    {"bpf_time",        "%",      Better::less, 0.5,  0.20, "time in BPF programs, of the workers' CPU time"},
    {"attach",          "ms",     Better::less, 50,   0.25, "from the scheduler's start to its being attached"},
    {"detach",          "ms",     Better::less, 50,   0.25, "from being told to stop to being gone"},
    {"kvm_exits",       "/s",     Better::less, 100,  0.30, "exits of the vCPUs in a second of the attempt"},
});
// clang-format on

// By the place in `metrics`; in floats, for there may be a hundred thousand of them.
class Values final {
public:
    std::optional<double> get(std::size_t metric) const {
        return (has_ >> metric & 1U) != 0 ? std::optional<double>(values_.at(metric))
                                          : std::nullopt;
    }

    // What is no finite number is no value.
    void set(std::size_t metric, double value);

    bool operator==(const Values&) const = default;

private:
    std::array<float, metrics.size()> values_{};
    std::uint32_t has_ = 0;
};

static_assert(metrics.size() <= 32);

// Of a record and what its engine measured (docs/design/scheduler-tests.md, "Result"), which came
// out of a guest and is not trusted: what has another form is not there. Absent where there was no
// engine.
Values values_of(const sidecar::Record& record, std::optional<JsonView> facts);

// The place of a metric; absent when there is none of that name.
std::optional<std::size_t> metric_named(std::string_view name);

} // namespace ktstr::stats
