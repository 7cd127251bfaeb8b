#include "cargo-ktstr/stats/html_report.hpp"

#include "cargo-ktstr/stats/exact_report.hpp"
#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/guest_time.hpp"
#include "cargo-ktstr/stats/html_page.hpp"
#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace ktstr::stats {

namespace {

constexpr double page_width = 1000;
constexpr double label_width = 330;      // of a drawing's rows
constexpr std::size_t most_drawn = 3000; // attempts in the timeline
constexpr std::size_t most_tests = 80;   // rows of a drawing
constexpr std::size_t colours = 8;       // of phases

std::string in_seconds(double ns) {
    return human_time(std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
}

std::string short_name(const std::string& name) {
    constexpr std::size_t most = 52;
    return name.size() <= most ? name : "..." + name.substr(name.size() - most + 3);
}

std::string totals(const Runs& runs, const Summary& summary) {
    std::vector<std::vector<std::string>> rows(2);
    for (const auto& row : sidecar::verdicts) {
        rows[0].emplace_back(row.name);
        rows[1].push_back(std::to_string(summary.count(row.value)));
    }
    rows[0].insert(rows[0].end(),
                   {"not begun", "attempts", "flaky", "damaged files", "time of all attempts"});
    rows[1].insert(rows[1].end(),
                   {std::to_string(runs.not_begun.size()),
                    std::to_string(summary.attempts),
                    std::to_string(summary.flaky),
                    std::to_string(runs.damaged.size()),
                    in_seconds(static_cast<double>(summary.total.sum_ns))});
    return html_table(rows);
}

std::string paragraph_on_guest_time(const Runs& runs) {
    return has_deterministic(runs) ? fmt::format("<p>Deterministic: {}.</p>\n", guest_time) : "";
}

std::string table_of_troubled(const Runs& runs) {
    std::vector<std::vector<std::string>> rows{
        {"test", "verdict", "why"}
    };
    for (const auto* const attempt : in_order(runs.attempts, runs.words)) {
        const auto verdict = attempt->verdict;
        if (verdict == sidecar::Verdict::fail || verdict == sidecar::Verdict::inconclusive) {
            rows.push_back({runs.words[attempt->binary_id] + " " + runs.words[attempt->name],
                            fmt::format("{} ({})", name(verdict), name(attempt->reason)),
                            runs.words[attempt->headline]});
        }
    }
    return rows.size() == 1 ? "" : html_table(rows);
}

// When each attempt ran, in as few rows as ran at once.
std::string timeline(const Runs& runs) {
    std::vector<const Attempt*> order;
    for (const auto& attempt : runs.attempts) {
        if (attempt.started_at_ns > 0) {
            order.push_back(&attempt);
        }
    }
    std::ranges::stable_sort(order, {}, &Attempt::started_at_ns);
    order.resize(std::min(order.size(), most_drawn));
    if (order.empty()) {
        return {};
    }
    const auto begin = order.front()->started_at_ns;
    std::int64_t end = begin + 1;
    for (const auto* const attempt : order) {
        end = std::max(end, attempt->started_at_ns + attempt->wall_ns);
    }
    const auto scale = page_width / static_cast<double>(end - begin);
    std::vector<std::int64_t> lanes; // when each is free
    std::string drawing;
    constexpr double height = 18;
    for (const auto* const attempt : order) {
        auto lane = std::ranges::find_if(
            lanes, [&](std::int64_t free) { return free <= attempt->started_at_ns; });
        if (lane == lanes.end()) {
            lane = lanes.insert(lanes.end(), 0);
        }
        *lane = attempt->started_at_ns + attempt->wall_ns;
        drawing += svg_rect(static_cast<double>(attempt->started_at_ns - begin) * scale,
                            static_cast<double>(lane - lanes.begin()) * (height + 2),
                            std::max(0.7, static_cast<double>(attempt->wall_ns) * scale),
                            height,
                            name(attempt->verdict),
                            fmt::format("{} {}: {}, {}",
                                        runs.words[attempt->binary_id],
                                        runs.words[attempt->name],
                                        name(attempt->verdict),
                                        in_seconds(static_cast<double>(attempt->wall_ns))));
    }
    const auto bottom = static_cast<double>(lanes.size()) * (height + 2) + 14;
    drawing +=
        svg_text(0, bottom, "0", "faint") +
        svg_text(page_width, bottom, in_seconds(static_cast<double>(end - begin)), "faint end");
    return svg(page_width, bottom + 4, "the run over time", drawing);
}

std::string phases(const Summary& summary) {
    double all = 0;
    for (const auto& times : summary.phases) {
        all += times ? static_cast<double>(times->sum_ns) : 0;
    }
    if (all <= 0) {
        return {};
    }
    std::string bar;
    std::string legend;
    double x = 0;
    double row = 52;
    std::size_t colour = 0;
    for (const auto& phase : sidecar::phases) {
        const auto& times = summary.phases[static_cast<std::size_t>(phase.value)];
        if (!times) {
            continue;
        }
        const auto sum = static_cast<double>(times->sum_ns);
        const auto style = fmt::format("p{}", colour++ % colours);
        const auto tip = fmt::format("{}: {} in all ({:.1f} %), median {}",
                                     phase.name,
                                     in_seconds(sum),
                                     100 * sum / all,
                                     in_seconds(static_cast<double>(times->median_ns)));
        bar += svg_rect(x, 0, page_width * sum / all, 34, style, tip);
        x += page_width * sum / all;
        legend += svg_rect(0, row - 10, 12, 12, style, "") + svg_text(20, row, tip);
        row += 18;
    }
    return svg(page_width, row, "time by phase", bar + legend);
}

// Rows of a test, columns of a topology; the darker the longer its longest gap, of the test's own.
std::string heat_map(const Runs& runs) {
    const auto gap = metric_named("max_gap").value_or(0);
    std::map<std::string, std::map<std::string, std::vector<const Attempt*>>> cells;
    std::set<std::string> topologies;
    for (const auto* const attempt : last_attempts(runs.attempts)) {
        if (attempt->host_only) {
            continue;
        }
        const auto& preset = runs.words[attempt->preset];
        const auto& topology = preset.empty() ? runs.words[attempt->topology] : preset;
        topologies.insert(topology);
        cells[with_kind(runs.words[attempt->binary_id] + " " + runs.words[attempt->test],
                        attempt->deterministic)][topology]
            .push_back(attempt);
    }
    if (topologies.size() < 2) {
        return {};
    }
    const auto width = (page_width - label_width) / static_cast<double>(topologies.size());
    std::string drawing;
    double x = label_width;
    for (const auto& topology : topologies) {
        drawing += svg_text(x + 2, 12, topology, "faint");
        x += width;
    }
    double y = 20;
    std::size_t drawn = 0;
    for (const auto& [test, row] : cells) {
        if (++drawn > most_tests) {
            break;
        }
        double most = 0;
        for (const auto& [topology, attempts] : row) {
            for (const auto* const attempt : attempts) {
                most = std::max(most, attempt->passed() ? attempt->values.get(gap).value_or(0) : 0);
            }
        }
        drawing += svg_text(label_width - 8, y + 13, short_name(test), "end");
        x = label_width;
        for (const auto& topology : topologies) {
            const auto found = row.find(topology);
            if (found != row.end()) {
                std::size_t good = 0;
                double worst = 0;
                for (const auto* const attempt : found->second) {
                    good += attempt->passed() ? 1 : 0;
                    worst = std::max(worst,
                                     attempt->passed() ? attempt->values.get(gap).value_or(0) : 0);
                }
                const bool all_good = good == found->second.size();
                const auto heat =
                    most > 0 ? static_cast<int>(std::min(4.0, std::floor(5 * worst / most))) : 0;
                drawing += svg_rect(x,
                                    y,
                                    width - 2,
                                    17,
                                    all_good ? fmt::format("h{}", heat)
                                             : std::string(name(found->second.front()->verdict)),
                                    fmt::format("{} on {}: {} of {} passed, longest gap {:.1f} ms",
                                                test,
                                                topology,
                                                good,
                                                found->second.size(),
                                                worst));
            }
            x += width;
        }
        y += 19;
    }
    return svg(page_width, y + 4, "tests and topologies", drawing);
}

std::vector<double>
values(const Runs& runs, const std::string& test, std::size_t metric, const std::string& kernel) {
    std::vector<double> out;
    for (const auto& attempt : runs.attempts) {
        const auto& words = runs.words;
        const bool meant = attempt.passed() && !attempt.deterministic &&
                           words[attempt.kernel].starts_with(kernel) &&
                           printable(words[attempt.binary_id] + " " + words[attempt.test]) == test;
        if (const auto value = meant ? attempt.values.get(metric) : std::nullopt) {
            out.push_back(*value);
        }
    }
    return out;
}

// A row of dots for each side of each metric that changed most.
std::string distributions(const Runs& before, const Runs& after, const Comparison& comparison) {
    auto metrics_by_change = comparison.metrics;
    std::erase_if(metrics_by_change, [](const ComparedMetric& one) {
        return one.outcome == MetricOutcome::not_enough && !one.detectable;
    });
    std::ranges::stable_sort(metrics_by_change, {}, [](const ComparedMetric& one) {
        return std::pair(one.outcome, -std::abs(one.change.value_or(0)));
    });
    metrics_by_change.resize(std::min<std::size_t>(metrics_by_change.size(), 40));
    std::string drawing;
    double y = 14;
    for (const auto& one : metrics_by_change) {
        const auto a = values(before, one.test, one.metric, comparison.kernel_a);
        const auto b = values(after, one.test, one.metric, comparison.kernel_b);
        double most = 0;
        for (const auto* const side : {&a, &b}) {
            for (const auto value : *side) {
                most = std::max(most, std::abs(value));
            }
        }
        const auto& metric = metrics[one.metric];
        drawing +=
            svg_text(label_width - 8, y + 4, short_name(one.test), "end") +
            svg_text(label_width - 8,
                     y + 17,
                     fmt::format("{}, {:+.0f} %", metric.name, 100 * part_of_a(one).value_or(0)),
                     "faint end") +
            svg_line(label_width, y + 24, page_width, y + 24);
        const auto row = [&](const std::vector<double>& side, std::string_view style, double at) {
            for (const auto value : side) {
                const auto x = most > 0 ? std::abs(value) / most : 0;
                drawing += svg_dot(label_width + x * (page_width - label_width - 60),
                                   at,
                                   style,
                                   fmt::format("{:.4g} {}", value, metric.unit));
            }
        };
        row(a, "a", y);
        row(b, "b", y + 13);
        drawing +=
            svg_text(page_width, y + 17, fmt::format("{:.4g} {}", most, metric.unit), "faint end");
        y += 34;
    }
    return metrics_by_change.empty() ? std::string()
                                     : svg(page_width, y, "metrics of A and B", drawing);
}

std::string changed_tests(const Comparison& comparison) {
    std::vector<std::vector<std::string>> rows{
        {"test", "A passed", "of", "B passed", "of"}
    };
    const auto all = [](const Counts& counts) {
        return std::to_string(counts[0] + counts[1] + counts[2] + counts[3]);
    };
    for (const auto& test : comparison.tests) {
        if (is_regression(test.change)) {
            rows.push_back({test.test,
                            std::to_string(test.a[0]),
                            all(test.a),
                            std::to_string(test.b[0]),
                            all(test.b)});
        }
    }
    return rows.size() == 1 ? "" : html_table(rows);
}

} // namespace

std::string html_report(const Runs& runs, const Runs* before, const Comparison* comparison) {
    const auto summary = summarise(runs.attempts, runs.words);
    std::string body =
        totals(runs, summary) + paragraph_on_guest_time(runs) +
        html_section("What did not pass",
                     "Every attempt without a pass or a skip.",
                     table_of_troubled(runs)) +
        html_section("The run over time",
                     "An attempt is a bar; rows are what ran at once.",
                     timeline(runs)) +
        html_section(
            "Where the time went", "The phases of all attempts, added up.", phases(summary)) +
        html_section("Tests and topologies",
                     "The darker, the longer the longest gap, of the test's longest; orange: it "
                     "did not pass.",
                     heat_map(runs));
    if (before != nullptr && comparison != nullptr) {
        body += html_section("Tests that regressed", "Against A.", changed_tests(*comparison)) +
                html_section("Deterministic attempts, compared exactly",
                             "A before, B after; one attempt a side is enough.",
                             exact_html(comparison->exact)) +
                html_section("Metrics of A and B",
                             "Those that changed most: A above, B below, from zero; a dot is an "
                             "attempt that passed.",
                             distributions(*before, runs, *comparison));
    }
    std::vector<std::string> names;
    for (const auto& [directory, source] : runs.read) {
        const auto path = directory.lexically_normal();
        names.push_back(
            to_utf8((path.has_filename() ? path : path.parent_path()).filename().native()));
    }
    return html_page("ktstr: " + join(names, ", "), body);
}

} // namespace ktstr::stats
