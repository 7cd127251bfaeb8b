#include "guest/workload/checks.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <span>

namespace ktstr::workload {

namespace {

constexpr double ms = 1e6;
constexpr double second = 1e9;
// Who was there for less has had no chance to show anything.
constexpr std::int64_t shortest_ns = 100'000'000;

struct Value {
    double value = 0;
    std::string where;
};

struct Place {
    const PhaseRecord& phase;
    const std::string& cgroup;
    const Group& group;

    std::string name() const { return "cgroup " + cgroup + ", " + phase.name(); }

    std::string name(unsigned worker) const {
        return "cgroup " + cgroup + ", worker " + std::to_string(worker) + ", " + phase.name();
    }
};

using Values = std::vector<Value>;
using Measure = void (*)(const Place& place, Values& values);

// The value of each worker, where it has one.
template <typename Of> void each_worker(const Place& place, Values& values, Of of) {
    for (const auto& [number, row] : place.group.workers) {
        if (const std::optional<double> value = row.counted ? of(row) : std::nullopt) {
            values.push_back({*value, place.name(number)});
        }
    }
}

std::optional<double> ratio(double part, double whole) {
    return whole > 0 ? std::optional(part / whole) : std::nullopt;
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

// Standard deviation by mean, of what has a sum and a sum of squares.
std::optional<double> variation(double sum, double squares, double count) {
    if (count < 2 || sum <= 0) {
        return std::nullopt;
    }
    const auto mean = sum / count;
    const auto variance = std::max(0.0, squares / count - mean * mean);
    return std::sqrt(variance) / mean;
}

void progress(const Place& place, Values& values) {
    each_worker(place, values, [](const WorkerRow& row) -> std::optional<double> {
        return row.measured_ns >= shortest_ns
                   ? std::optional(number(row.tally.iterations + row.tally.work_units))
                   : std::nullopt;
    });
}

void strays(const Place& place, Values& values) {
    each_worker(place, values, [](const WorkerRow& row) -> std::optional<double> {
        return row.tally.cpus.empty() ? std::nullopt : std::optional(number(row.outside.size()));
    });
}

void gap(const Place& place, Values& values) {
    each_worker(place, values, [](const WorkerRow& row) -> std::optional<double> {
        return row.measured_ns > 0 ? std::optional(static_cast<double>(row.tally.max_gap_ns) / ms)
                                   : std::nullopt;
    });
}

// Off-CPU share of each worker in percent; the spread is the most less the least.
void spread(const Place& place, Values& values) {
    std::optional<double> least;
    std::optional<double> most;
    for (const auto& [number_of, row] : place.group.workers) {
        if (row.measured_ns >= shortest_ns) {
            const auto on =
                number(row.tally.sched.cpu_time_ns) / static_cast<double>(row.measured_ns);
            const auto off = 100 * (1 - std::min(1.0, on));
            least = std::min(off, least.value_or(off));
            most = std::max(off, most.value_or(off));
        }
    }
    if (least && place.group.workers.size() > 1) {
        values.push_back({*most - *least, place.name()});
    }
}

void throughput_variation(const Place& place, Values& values) {
    double sum = 0;
    double squares = 0;
    double count = 0;
    for (const auto& [number_of, row] : place.group.workers) {
        if (const auto rate = ratio(number(row.tally.work_units),
                                    static_cast<double>(row.measured_ns) / second)) {
            sum += *rate;
            squares += *rate * *rate;
            ++count;
        }
    }
    if (const auto cv = variation(sum, squares, count)) {
        values.push_back({*cv, place.name()});
    }
}

void work_rate(const Place& place, Values& values) {
    each_worker(place, values, [](const WorkerRow& row) {
        return ratio(number(row.tally.work_units), number(row.tally.sched.cpu_time_ns) / second);
    });
}

void iteration_rate(const Place& place, Values& values) {
    each_worker(place, values, [](const WorkerRow& row) {
        const auto seconds = static_cast<double>(row.measured_ns) / second;
        return ratio(number(row.tally.iterations), row.measured_ns < shortest_ns ? 0 : seconds);
    });
}

void p99_wake(const Place& place, Values& values) {
    if (place.group.wakes.samples > 0) {
        constexpr double share = 0.99;
        values.push_back({number(percentile(place.group.wakes.buckets, share)), place.name()});
    }
}

void wake_variation(const Place& place, Values& values) {
    const auto& wakes = place.group.wakes;
    if (const auto cv = variation(wakes.sum_ns, wakes.squares, number(wakes.samples))) {
        values.push_back({*cv, place.name()});
    }
}

void migration_ratio(const Place& place, Values& values) {
    const auto total = place.group.total();
    if (const auto value = ratio(number(total.migrations), number(total.iterations))) {
        values.push_back({*value, place.name()});
    }
}

// Without a migration there is none to another node either.
void cross_node_ratio(const Place& place, Values& values) {
    const auto total = place.group.total();
    if (total.iterations > 0) {
        values.push_back(
            {ratio(number(total.cross_node_migrations), number(total.migrations)).value_or(0),
             place.name()});
    }
}

void locality(const Place& place, Values& values) {
    if (const auto value = ratio(number(place.group.pages.local), number(place.group.pages.seen))) {
        values.push_back({*value, place.name()});
    }
}

void slow_tier(const Place& place, Values& values) {
    if (const auto value = ratio(number(place.group.pages.slow), number(place.group.pages.seen))) {
        values.push_back({*value, place.name()});
    }
}

enum class Bound { least, most };

struct Row {
    const char* name;
    Bound bound;
    bool of_time; // what the host's stealing makes worse
    Measure measure;
    std::optional<double> (*limit)(const Thresholds& limits);
};

template <std::optional<double> Thresholds::* member>
std::optional<double> limit_of(const Thresholds& limits) {
    return limits.*member;
}

template <bool Thresholds::* member, int limit>
std::optional<double> flag_of(const Thresholds& limits) {
    return limits.*member ? std::optional<double>(limit) : std::nullopt;
}

using T = Thresholds;

const std::array<Row, 13> rows{
    {
     {"not_starved", Bound::least, true, progress, flag_of<&T::not_starved, 1>},
     {"isolation", Bound::most, false, strays, flag_of<&T::isolation, 0>},
     {"max_gap_ms", Bound::most, true, gap, limit_of<&T::max_gap_ms>},
     {"max_spread_pct", Bound::most, true, spread, limit_of<&T::max_spread_pct>},
     {"max_throughput_cv",
         Bound::most,
         true,
         throughput_variation,
         limit_of<&T::max_throughput_cv>},
     {"min_work_rate", Bound::least, true, work_rate, limit_of<&T::min_work_rate>},
     {"max_p99_wake_latency_ns",
         Bound::most,
         true,
         p99_wake,
         limit_of<&T::max_p99_wake_latency_ns>},
     {"max_wake_latency_cv",
         Bound::most,
         true,
         wake_variation,
         limit_of<&T::max_wake_latency_cv>},
     {"min_iteration_rate",
         Bound::least,
         true,
         iteration_rate,
         limit_of<&T::min_iteration_rate>},
     {"max_migration_ratio",
         Bound::most,
         false,
         migration_ratio,
         limit_of<&T::max_migration_ratio>},
     {"min_page_locality", Bound::least, false, locality, limit_of<&T::min_page_locality>},
     {"max_cross_node_migration_ratio",
         Bound::most,
         false,
         cross_node_ratio,
         limit_of<&T::max_cross_node_migration_ratio>},
     {"max_slow_tier_ratio", Bound::most, false, slow_tier, limit_of<&T::max_slow_tier_ratio>},
     }
};

std::string text_of(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

bool was_stolen(const PhaseRecord& phase) {
    return phase.host.steal_ns * 2 > phase.host.busy_ns;
}

// The worst value is what is told: of those that the host is not to blame for, if any is too bad.
class Finding {
public:
    Finding(const Row& row, double limit) : row_(row) {
        check_.name = row.name;
        check_.limit = limit;
        check_.why = "nothing to measure";
        check_.at_most = row.bound == Bound::most;
        check_.of_time = row.of_time;
    }

    void take(const Value& value, bool stolen) {
        const bool bad =
            row_.bound == Bound::most ? value.value > check_.limit : value.value < check_.limit;
        const bool excused = bad && stolen && row_.of_time;
        const auto outcome = excused ? Check::Outcome::inconclusive
                             : bad   ? Check::Outcome::failed
                                     : Check::Outcome::passed;
        if (seen_ && (rank(outcome) < rank(check_.outcome) ||
                      (outcome == check_.outcome && !is_worse(value.value)))) {
            return;
        }
        seen_ = true;
        check_.outcome = outcome;
        check_.worst = value.value;
        check_.where = value.where;
        check_.why = excused ? "the host took more than half of the CPU time" : "";
    }

    const Check& result() const { return check_; }

private:
    static int rank(Check::Outcome outcome) {
        return outcome == Check::Outcome::failed         ? 2
               : outcome == Check::Outcome::inconclusive ? 1
                                                         : 0;
    }

    bool is_worse(double value) const {
        return row_.bound == Bound::most ? value > check_.worst : value < check_.worst;
    }

    const Row& row_;
    Check check_;
    bool seen_ = false;
};

// The baseline is what settles; where a scenario has nothing else, it is what there is.
std::span<const PhaseRecord> judged_phases(const Measured& measured) {
    const std::span all(measured.phases);
    return all.size() > 1 && all.front().index == 0 ? all.subspan(1) : all;
}

} // namespace

std::vector<Check> check(const Thresholds& limits, const Measured& measured) {
    std::vector<Check> checks;
    for (const auto& row : rows) {
        const auto limit = row.limit(limits);
        if (!limit) {
            continue;
        }
        Finding finding(row, *limit);
        for (const auto& phase : judged_phases(measured)) {
            for (const auto& [name, group] : phase.cgroups) {
                Values values;
                row.measure({phase, name, group}, values);
                for (const auto& value : values) {
                    finding.take(value, was_stolen(phase));
                }
            }
        }
        checks.push_back(finding.result());
    }
    return checks;
}

std::string detail_of(const Check& check) {
    switch (check.outcome) {
    case Check::Outcome::passed:
        return {};
    case Check::Outcome::failed:
        return check.name + ": " + text_of(check.worst) + ", limit " + text_of(check.limit) + " (" +
               check.where + ")";
    case Check::Outcome::inconclusive:
        break;
    }
    return check.name + " is inconclusive: " + check.why +
           (check.where.empty() ? "" : " (" + check.where + ")");
}

Judged judge(const std::vector<Check>& checks, const Measured& measured) {
    std::vector<std::string> failed = measured.mishaps;
    std::vector<std::string> unknown;
    for (const auto& check : checks) {
        if (check.outcome == Check::Outcome::inconclusive) {
            unknown.push_back(detail_of(check));
        } else if (check.outcome == Check::Outcome::failed) {
            failed.push_back(detail_of(check));
        }
    }
    Judged judged{.verdict = !failed.empty()    ? Verdict::fail
                             : !unknown.empty() ? Verdict::inconclusive
                                                : Verdict::pass,
                  .details = std::move(failed)};
    judged.details.insert(judged.details.end(), unknown.begin(), unknown.end());
    return judged;
}

} // namespace ktstr::workload
