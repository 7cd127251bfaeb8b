#include "cargo-ktstr/stats/json.hpp"

#include "cargo-ktstr/stats/estimates.hpp"
#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/programs.hpp"
#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/names.hpp"

namespace ktstr::stats {

namespace {

constexpr int json_schema = 3;

Json paths_json(const std::vector<std::filesystem::path>& paths) {
    auto json = Json::array();
    for (const auto& path : paths) {
        json.push_back(to_utf8(path.native()));
    }
    return json;
}

Json runs_json(const Runs& runs) {
    auto json = Json::array();
    for (const auto& [directory, source] : runs.read) {
        const auto& [commit, dirty, unknown] = source;
        const bool known = !commit.empty();
        json.push_back({
            {"directory", to_utf8(directory.native())            },
            {"commit",    known ? Json(to_utf8(commit)) : Json() },
            {"dirty",     known ? Json(dirty) : Json()           },
            {"unknown",   known ? Json() : Json(to_utf8(unknown))}
        });
    }
    return json;
}

Json totals_json(const Summary& summary) {
    Json totals;
    totals["tests"] = summary.all_tests();
    for (const auto& row : sidecar::verdicts) {
        totals[std::string(row.name)] = summary.count(row.value);
    }
    totals["attempts"] = summary.attempts;
    totals["flaky"] = summary.flaky;
    totals["second_tries"] = summary.second_tries;
    totals["files_kept"] = summary.files_kept;
    totals["files_lost"] = summary.files_lost;
    const auto put = [](const Times& times) {
        return Json{
            {"median", times.median_ns},
            {"sum",    times.sum_ns   }
        };
    };
    totals["wall_ns"] = put(summary.total);
    totals["phases_ns"] = Json::object();
    for (const auto& row : sidecar::phases) {
        if (const auto& times = summary.phases[static_cast<std::size_t>(row.value)]) {
            totals["phases_ns"][std::string(row.name)] = put(*times);
        }
    }
    return totals;
}

Json metrics_json(const Values& values) {
    auto json = Json::object();
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
        if (const auto value = values.get(metric)) {
            json[std::string(metrics[metric].name)] = *value;
        }
    }
    return json;
}

Json attempt_json(const Attempt& attempt, const Words& words) {
    Json json;
    json["binary_id"] = words[attempt.binary_id];
    json["test"] = words[attempt.name];
    json["run_id"] = words[attempt.run];
    json["attempt"] = attempt.number;
    json["repetition"] = attempt.repetition;
    json["verdict"] = name(attempt.verdict);
    json["reason"] = name(attempt.reason);
    if (!words[attempt.headline].empty()) {
        json["headline"] = words[attempt.headline];
    }
    json["kernel"] = words[attempt.kernel];
    json["topology"] = words[attempt.topology];
    json["scheduler"] = words[attempt.scheduler];
    json["work"] = words[attempt.work];
    json["started_at_ns"] = attempt.started_at_ns;
    json["wall_ns"] = attempt.wall_ns;
    json["phases_ns"] = Json::object();
    for (const auto& row : sidecar::phases) {
        if (const auto ns = attempt.phases_ns[static_cast<std::size_t>(row.value)]; ns >= 0) {
            json["phases_ns"][std::string(row.name)] = ns;
        }
    }
    json["metrics"] = metrics_json(attempt.values);
    if (attempt.deterministic) {
        json["deterministic"] = true;
        json["seed"] = attempt.seed;
        json["digest"] = words[attempt.digest];
    }
    json["file"] = to_utf8(words[attempt.file]);
    return json;
}

Json groups_json(const std::vector<Group>& groups) {
    auto json = Json::array();
    for (const auto& group : groups) {
        auto& row = json.emplace_back(Json{
            {"name",          group.name         },
            {"deterministic", group.deterministic}
        });
        for (const auto& verdict : sidecar::verdicts) {
            row[std::string(verdict.name)] =
                group.verdicts[static_cast<std::size_t>(verdict.value)];
        }
        row["medians"] = Json::object();
        for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
            if (group.medians[metric]) {
                row["medians"][std::string(metrics[metric].name)] = *group.medians[metric];
            }
        }
    }
    return json;
}

Json gauntlet_json(const Gauntlet& gauntlet, const Words& words) {
    auto outliers = Json::array();
    for (const auto& outlier : gauntlet.outliers) {
        outliers.push_back({
            {"binary_id", words[outlier.attempt->binary_id]        },
            {"test",      words[outlier.attempt->name]             },
            {"metric",    std::string(metrics[outlier.metric].name)},
            {"value",     outlier.value                            },
            {"median",    outlier.median                           },
            {"score",     outlier.score                            }
        });
    }
    return {
        {"tests_compared", gauntlet.tests_compared          },
        {"outliers",       std::move(outliers)              },
        {"by_test",        groups_json(gauntlet.by_test)    },
        {"by_topology",    groups_json(gauntlet.by_topology)},
        {"by_kernel",      groups_json(gauntlet.by_kernel)  },
        {"by_work",        groups_json(gauntlet.by_work)    }
    };
}

Json programs_json(const Runs& runs) {
    auto json = Json::array();
    for (const auto& program : sum_programs(runs.attempts, runs.words)) {
        json.push_back({
            {"scheduler",      program.scheduler     },
            {"deterministic",  program.deterministic },
            {"name",           program.name          },
            {"verified_insns", program.verified_insns},
            {"run_cnt",        program.run_cnt       },
            {"run_time_ns",    program.run_time_ns   },
            {"attempts",       program.attempts      }
        });
    }
    return json;
}

Json events_json(const Runs& runs) {
    auto json = Json::array();
    for (const auto& event : sum_events(runs.attempts, runs.words)) {
        json.push_back({
            {"scheduler",     event.scheduler    },
            {"deterministic", event.deterministic},
            {"name",          event.name         },
            {"count",         event.count        },
            {"attempts",      event.attempts     }
        });
    }
    return json;
}

Json vcpus_json(const Runs& runs) {
    const auto means = mean_vcpus(runs.attempts);
    return means ? Json{
                       {"machines",     means->machines    },
                       {"vcpus",        means->vcpus       },
                       {"exits",        means->exits       },
                       {"halts",        means->halts       },
                       {"halt_wait_ms", means->halt_wait_ms},
                       {"preemptions",  means->preemptions },
                       {"signals",      means->signals     }
    }
                 : Json();
}

Json estimates_json(const Runs& runs) {
    const auto all = estimates_of(runs.attempts, runs.words);
    if (!all) {
        return {};
    }
    const auto sums = [](const std::optional<EstimateSums>& of) {
        return of ? Json{
                        {"attempts",     of->attempts    },
                        {"expected_ns",  of->expected_ns },
                        {"taken_ns",     of->took_ns     },
                        {"median_ratio", of->median_ratio}
        }
                  : Json();
    };
    Json json{
        {"learned",   sums(all->learned)  },
        {"estimated", sums(all->estimated)},
        {"largest",   Json::array()       }
    };
    for (const auto& one : all->largest) {
        json["largest"].push_back({
            {"binary_id",   to_utf8(one.binary_id)},
            {"test",        to_utf8(one.test)     },
            {"learned",     one.learned           },
            {"expected_ns", one.expected_ns       },
            {"taken_ns",    one.took_ns           },
            {"ratio",       one.ratio()           }
        });
    }
    return json;
}

} // namespace

std::string as_json(const Runs& runs) {
    Json json;
    json["schema"] = json_schema;
    json["directories"] = Json::array();
    for (const auto& run : runs.read) {
        json["directories"].push_back(to_utf8(run.directory.native()));
    }
    json["runs"] = runs_json(runs);
    json["totals"] = totals_json(summarise(runs.attempts, runs.words));
    json["totals"]["not_begun"] = runs.not_begun.size();
    json["totals"]["machines"] = Json::object();
    for (const auto& [origin, count] : count_origins(runs.attempts, runs.words)) {
        json["totals"]["machines"][origin] = count;
    }
    json["gauntlet"] = gauntlet_json(analyse(runs.attempts, runs.words), runs.words);
    json["programs"] = programs_json(runs);
    json["events"] = events_json(runs);
    json["vcpus"] = vcpus_json(runs);
    json["estimates"] = estimates_json(runs);
    json["identical"] = runs.identical;
    json["without_tests"] = paths_json(runs.without_tests);
    json["damaged"] = runs.damaged;
    json["attempts"] = Json::array();
    auto text = print_json(json, 2);
    // A line for each attempt: spread out they would be several times as long, and in memory too.
    constexpr std::string_view end = "[]\n}";
    text.resize(text.size() - end.size());
    text += '[';
    std::string_view before = "\n    ";
    for (const auto* const attempt : in_order(runs.attempts, runs.words)) {
        text.append(before).append(print_json(attempt_json(*attempt, runs.words)));
        before = ",\n    ";
    }
    return text + "\n  ]\n}\n";
}

} // namespace ktstr::stats
