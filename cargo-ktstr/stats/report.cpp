#include "cargo-ktstr/stats/report.hpp"

#include "cargo-ktstr/stats/estimates.hpp"
#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/guest_time.hpp"
#include "cargo-ktstr/stats/programs.hpp"
#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::stats {

namespace {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;

constexpr std::size_t most_rows = 20;
constexpr double verifier_warning = 0.75; // of the limit
// Those that tell most of a scheduler; all are in the JSON.
constexpr std::array shown_metrics{std::string_view("max_gap"),
                                   std::string_view("spread"),
                                   std::string_view("wake_p99"),
                                   std::string_view("run_delay_mean"),
                                   std::string_view("migrations")};

std::string section(std::string_view heading, Rows rows, std::string_view left_out = "row") {
    std::string more;
    if (rows.size() > most_rows + 1) {
        more = fmt::format("{} more {}s in --json\n", rows.size() - 1 - most_rows, left_out);
        rows.resize(most_rows + 1);
    }
    return fmt::format("\n{}\n{}{}", heading, columns(rows), more);
}

// Three digits that count.
std::string number(double value) {
    const auto digits = value == 0 || std::abs(value) >= 100 ? 0 : std::abs(value) >= 10 ? 1 : 2;
    return fmt::format("{:.{}f}", value, digits);
}

std::string with_unit(double value, const Metric& metric) {
    const bool close =
        metric.unit.empty() || metric.unit.starts_with('%') || metric.unit.starts_with('/');
    return number(value) + (close ? "" : " ") + std::string(metric.unit);
}

std::string outliers(const Gauntlet& gauntlet, const Words& words) {
    if (gauntlet.tests_compared == 0) {
        return {};
    }
    const auto compared = fmt::format("{} test{} with {} variants or more",
                                      gauntlet.tests_compared,
                                      gauntlet.tests_compared == 1 ? "" : "s",
                                      least_variants);
    if (gauntlet.outliers.empty()) {
        return fmt::format("\nVariants that stand out: none, of {}\n", compared);
    }
    Rows rows{
        {"test", "metric", "value", "median", "score"}
    };
    for (const auto& outlier : gauntlet.outliers) {
        const auto& metric = metrics[outlier.metric];
        rows.push_back(
            {printable(words[outlier.attempt->binary_id] + " " + words[outlier.attempt->name]),
             std::string(metric.name),
             with_unit(outlier.value, metric),
             with_unit(outlier.median, metric),
             fmt::format("{:+.1f}", outlier.score)});
    }
    return section(
        fmt::format("Variants that stand out among their test's ({}; in robust deviations "
                    "from the median)",
                    compared),
        std::move(rows),
        "outlier");
}

std::string groups(std::string_view what, const std::vector<Group>& all) {
    if (all.size() < 2) {
        return {}; // nothing to compare
    }
    std::vector<std::size_t> shown;
    for (const auto name : shown_metrics) {
        const auto metric = metric_named(name);
        if (metric && std::ranges::any_of(all, [&](const Group& group) {
                return group.medians[*metric].has_value();
            })) {
            shown.push_back(*metric);
        }
    }
    Row head{std::string(what), "passed", "failed", "skipped", "inconclusive"};
    for (const auto metric : shown) {
        const auto& [name, unit, better, absolute, relative, meaning] = metrics[metric];
        head.push_back(unit.empty() ? std::string(name) : fmt::format("{} {}", name, unit));
    }
    Rows rows{head};
    for (const auto& group : all) {
        const auto& [passed, failed, skipped, inconclusive] = group.verdicts;
        Row row{with_kind(group.name.empty() ? "-" : group.name, group.deterministic),
                fmt::format("{}/{}", passed, group.all()),
                std::to_string(failed),
                std::to_string(skipped),
                std::to_string(inconclusive)};
        for (const auto metric : shown) {
            const auto& value = group.medians[metric];
            row.push_back(value ? number(*value) : "-");
        }
        rows.push_back(std::move(row));
    }
    return section(fmt::format("By {} (medians of what passed)", what), std::move(rows));
}

std::string verifier(const std::vector<ProgramSums>& programs) {
    Rows rows{
        {"scheduler", "program", "verified", "of the limit", ""}
    };
    for (const auto& program : programs) {
        const auto share =
            static_cast<double>(program.verified_insns) / static_cast<double>(verifier_limit);
        rows.push_back({with_kind(program.scheduler, program.deterministic),
                        program.name,
                        std::to_string(program.verified_insns),
                        fmt::format("{:.1f} %", 100 * share),
                        share >= verifier_warning ? "near the limit" : ""});
    }
    std::ranges::stable_sort(rows.begin() + 1, rows.end(), std::greater<>(), [](const Row& row) {
        return parse_u64(row[2]).value_or(0);
    });
    return rows.size() == 1 ? "" : section("BPF verifier: instructions", std::move(rows));
}

std::string callbacks(const std::vector<ProgramSums>& programs) {
    Rows rows{
        {"scheduler", "program", "calls", "mean", "in all"}
    };
    for (const auto& program : programs) {
        if (const auto mean = program.mean_ns()) {
            rows.push_back({with_kind(program.scheduler, program.deterministic),
                            program.name,
                            std::to_string(program.run_cnt),
                            fmt::format("{} ns", number(*mean)),
                            human_time(std::chrono::nanoseconds(program.run_time_ns))});
        }
    }
    return rows.size() == 1 ? "" : section("BPF programs: time in the guests", std::move(rows));
}

std::string events(const std::vector<EventSums>& all) {
    Rows rows{
        {"scheduler", "event", "count", "attempts"}
    };
    for (const auto& event : all) {
        rows.push_back({with_kind(event.scheduler, event.deterministic),
                        event.name,
                        std::to_string(event.count),
                        std::to_string(event.attempts)});
    }
    return rows.size() == 1 ? "" : section("sched_ext events that happened", std::move(rows));
}

std::string vcpus(const std::optional<VcpuMeans>& means) {
    if (!means) {
        return {};
    }
    auto text = section(
        fmt::format("KVM, of a vCPU: the mean of {} in {} machines", means->vcpus, means->machines),
        {
            {"exits",              "halts", "halted ms", "preemptions", "signals"},
            {number(means->exits),
             number(means->halts),
             number(means->halt_wait_ms),
             number(means->preemptions),
             number(means->signals)                                              }
    });
    if (means->preemptions > 0) {
        text += "vCPUs were preempted: others used the host's CPUs, and times in the guests are "
                "longer for it\n";
    }
    return text;
}

std::string estimates(const Runs& runs) {
    const auto all = estimates_of(runs.attempts, runs.words);
    if (!all) {
        return {};
    }
    const auto time = [](std::int64_t ns) { return human_time(std::chrono::nanoseconds(ns)); };
    Rows sums{
        {"by", "attempts", "expected", "taken", "median of taken/expected"}
    };
    for (const auto& [by, of] : {std::pair("earlier runs (95th percentile)", &all->learned),
                                 std::pair("an estimate", &all->estimated)}) {
        if (*of) {
            sums.push_back({by,
                            std::to_string((*of)->attempts),
                            time((*of)->expected_ns),
                            time((*of)->took_ns),
                            number((*of)->median_ratio)});
        }
    }
    auto text = section("Expected and taken, of what passed", std::move(sums));
    Rows rows{
        {"test", "expected", "taken", "taken/expected"}
    };
    for (const auto& one : all->largest) {
        rows.push_back({printable(one.binary_id + " " + one.test),
                        time(one.expected_ns) + (one.learned ? "" : "?"),
                        time(one.took_ns),
                        number(one.ratio())});
    }
    return rows.size() == 1 ? text : text + section("Misjudged most", std::move(rows));
}

std::string origins(const Runs& runs) {
    std::vector<std::string> words;
    for (const auto& [origin, count] : count_origins(runs.attempts, runs.words)) {
        words.push_back(fmt::format("{} {}", count, origin));
    }
    return words.empty() ? "" : "\nMachines: " + join(words, ", ") + "\n";
}

std::string guest_time_note(const Runs& runs) {
    return has_deterministic(runs) ? fmt::format("\nDeterministic: {}\n", guest_time) : "";
}

} // namespace

std::string report(const Runs& runs) {
    const auto gauntlet = analyse(runs.attempts, runs.words);
    const auto programs = sum_programs(runs.attempts, runs.words);
    return outliers(gauntlet, runs.words) + groups("test", gauntlet.by_test) +
           groups("topology", gauntlet.by_topology) + groups("kernel", gauntlet.by_kernel) +
           groups("kind of work", gauntlet.by_work) + verifier(programs) + callbacks(programs) +
           events(sum_events(runs.attempts, runs.words)) + vcpus(mean_vcpus(runs.attempts)) +
           estimates(runs) + origins(runs) + guest_time_note(runs);
}

} // namespace ktstr::stats
