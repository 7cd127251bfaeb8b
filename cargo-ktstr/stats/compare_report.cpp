#include "cargo-ktstr/stats/compare_report.hpp"

#include "cargo-ktstr/stats/exact_report.hpp"
#include "cargo-ktstr/stats/ranks.hpp"
#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace ktstr::stats {

namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr int comparison_schema = 1;

struct ChangeName {
    VerdictChange change;
    std::string_view name; // in JSON
    std::string_view words;
};

constexpr std::array change_names{
    ChangeName{VerdictChange::newly_failing,      "newly-failing",      "fails now"            },
    ChangeName{VerdictChange::newly_skipped,      "newly-skipped",      "is skipped now"       },
    ChangeName{VerdictChange::vanished,           "vanished",           "is not there any more"},
    ChangeName{VerdictChange::newly_inconclusive, "newly-inconclusive", "is inconclusive now"  },
    ChangeName{VerdictChange::mended,             "mended",             "passes now"           },
    ChangeName{VerdictChange::added,              "added",              "is new"               },
};

constexpr std::array<std::string_view, 4> outcome_names{
    "regressed", "improved", "no-change", "not-enough-data"};

const ChangeName& name_of(VerdictChange change) {
    return *std::ranges::find(change_names, change, &ChangeName::change);
}

std::size_t count(const Comparison& comparison, MetricOutcome outcome) {
    return static_cast<std::size_t>(
        std::ranges::count(comparison.metrics, outcome, &ComparedMetric::outcome));
}

// "12 pass, 1 fail"
std::string in_words(const Counts& counts) {
    std::vector<std::string> words;
    for (const auto& row : sidecar::verdicts) {
        if (const auto number = counts.at(static_cast<std::size_t>(row.value)); number > 0) {
            words.push_back(fmt::format("{} {}", number, row.name));
        }
    }
    return words.empty() ? "-" : join(words, ", ");
}

std::string tests(const Comparison& comparison) {
    Rows rows{
        {"test", "", "A", "B"}
    };
    for (const auto& test : comparison.tests) {
        rows.push_back({test.test,
                        std::string(name_of(test.change).words),
                        in_words(test.a),
                        in_words(test.b)});
    }
    return rows.size() == 1 ? "" : "Tests\n" + columns(rows) + "\n";
}

std::string
metrics_that(MetricOutcome outcome, std::string_view heading, const Comparison& comparison) {
    Rows rows{
        {"test", "metric", "A", "B", "change", "p", "values", "by"}
    };
    for (const auto& one : comparison.metrics) {
        if (one.outcome != outcome) {
            continue;
        }
        const auto& metric = metrics[one.metric];
        const auto part = part_of_a(one);
        rows.push_back(
            {one.test,
             std::string(metric.name),
             fmt::format("{:.4g} {}", one.median_a, metric.unit),
             fmt::format("{:.4g} {}", one.median_b, metric.unit),
             part ? fmt::format("{:+.1f} %", 100 * *part)
                  : fmt::format("{:+.4g} {}", one.difference, metric.unit),
             fmt::format("{:.2g}", one.p),
             fmt::format("{} and {}", one.n_a, one.n_b),
             one.pairs > 0 ? fmt::format("signed rank, {} pairs", one.pairs) : "rank sum"});
    }
    return rows.size() == 1 ? "" : fmt::format("{}\n{}\n", heading, columns(rows));
}

// "without enough data: 7; the least change that they could have told: 45 % (median)"
std::string without_data(const Comparison& comparison) {
    std::vector<double> detectable;
    for (const auto& one : comparison.metrics) {
        if (one.outcome == MetricOutcome::not_enough && one.detectable) {
            detectable.push_back(*one.detectable);
        }
    }
    const auto all = count(comparison, MetricOutcome::not_enough);
    auto text = fmt::format("{} without enough data", all);
    if (!detectable.empty()) {
        text += fmt::format(
            " ({} could have told a change of {:.0f} % in the median, the others none at all)",
            detectable.size(),
            100 * median(detectable));
    }
    return text;
}

std::string metrics_in_words(const Comparison& comparison) {
    return fmt::format(
        "{} metrics: {} regressed, {} improved, {} without a change that matters, {}",
        comparison.metrics.size(),
        count(comparison, MetricOutcome::regressed),
        count(comparison, MetricOutcome::improved),
        count(comparison, MetricOutcome::no_change),
        without_data(comparison));
}

std::string left_out(const Comparison& comparison) {
    std::string text;
    for (const auto& [count, ran, other] : {std::tuple(comparison.left_out_in_b, 'A', 'B'),
                                            std::tuple(comparison.left_out_in_a, 'B', 'A')}) {
        if (count > 0) {
            text += fmt::format("{} tests of {} were left out in {}\n", count, ran, other);
        }
    }
    return text;
}

} // namespace

std::string comparison_text(const Comparison& comparison) {
    const auto worse = static_cast<std::size_t>(
        std::ranges::count_if(comparison.tests, is_regression, &ChangedTest::change));
    const auto kernels =
        comparison.kernel_a == comparison.kernel_b
            ? std::string()
            : fmt::format("A on {}, B on {}\n\n", comparison.kernel_a, comparison.kernel_b);
    // Where all was exact nothing was ranked.
    const bool ranked = !comparison.metrics.empty() || comparison.exact.is_empty();
    return kernels + tests(comparison) +
           metrics_that(MetricOutcome::regressed, "Metrics that regressed", comparison) +
           metrics_that(MetricOutcome::improved, "Metrics that improved", comparison) +
           exact_text(comparison.exact) + left_out(comparison) +
           fmt::format("{} tests in both, {} regressed{}\n",
                       comparison.tests_in_both,
                       worse,
                       ranked ? "; " + metrics_in_words(comparison) : "");
}

std::string comparison_json(const Comparison& comparison) {
    Json json{
        {"schema",        comparison_schema           },
        {"kernel_a",      comparison.kernel_a         },
        {"kernel_b",      comparison.kernel_b         },
        {"tests_in_both", comparison.tests_in_both    },
        {"left_out_in_a", comparison.left_out_in_a    },
        {"left_out_in_b", comparison.left_out_in_b    },
        {"tests",         Json::array()               },
        {"metrics",       Json::array()               },
        {"exact",         exact_json(comparison.exact)},
        {"differences",   comparison.differences      }
    };
    const auto counts = [](const Counts& all) {
        auto object = Json::object();
        for (const auto& row : sidecar::verdicts) {
            object[std::string(row.name)] = all.at(static_cast<std::size_t>(row.value));
        }
        return object;
    };
    for (const auto& test : comparison.tests) {
        json["tests"].push_back({
            {"test",       test.test                             },
            {"change",     std::string(name_of(test.change).name)},
            {"regression", is_regression(test.change)            },
            {"a",          counts(test.a)                        },
            {"b",          counts(test.b)                        }
        });
    }
    for (const auto& one : comparison.metrics) {
        json["metrics"].push_back({
            {"test",       one.test                                                            },
            {"metric",     std::string(metrics[one.metric].name)                               },
            {"outcome",    std::string(outcome_names.at(static_cast<std::size_t>(one.outcome)))},
            {"variants",   one.variants                                                        },
            {"n_a",        one.n_a                                                             },
            {"n_b",        one.n_b                                                             },
            {"by",         one.pairs > 0 ? "signed-rank" : "rank-sum"                          },
            {"pairs",      one.pairs                                                           },
            {"median_a",   one.median_a                                                        },
            {"median_b",   one.median_b                                                        },
            {"difference", one.difference                                                      },
            {"change",     one.change ? Json(*one.change) : Json()                             },
            {"p",          one.p                                                               },
            {"detectable", one.detectable ? Json(*one.detectable) : Json()                     }
        });
    }
    return print_json(json, 2) + "\n";
}

} // namespace ktstr::stats
