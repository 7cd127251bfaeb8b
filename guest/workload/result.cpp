#include "guest/workload/result.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ktstr::workload {

namespace {

using Json = nlohmann::json;

constexpr double us = 1e3;
constexpr double ms = 1e6;

double in_ms(std::int64_t ns) {
    return static_cast<double>(ns) / ms;
}

Json to_json(const Wakes& wakes) {
    const auto at = [&](double share) {
        // A bucket's bound may be above all that is in it.
        const auto ns = std::min<std::uint64_t>(percentile(wakes.buckets, share),
                                                static_cast<std::uint64_t>(wakes.max_ns));
        return static_cast<double>(ns) / us;
    };
    Json histogram = Json::array();
    for (std::size_t bucket = 0; bucket < wakes.buckets.size(); ++bucket) {
        if (wakes.buckets[bucket] > 0) {
            histogram.push_back({bucket_end(bucket), wakes.buckets[bucket]});
        }
    }
    return {
        {"samples",   wakes.samples                         },
        {"p50_us",    at(0.5)                               },
        {"p99_us",    at(0.99)                              },
        {"p999_us",   at(0.999)                             },
        {"max_us",    static_cast<double>(wakes.max_ns) / us},
        {"histogram", std::move(histogram)                  }
    };
}

Json to_json(const WorkerRow& row) {
    return {
        {"tid",          row.tid                     },
        {"iterations",   row.tally.iterations        },
        {"cpu_time_ns",  row.tally.sched.cpu_time_ns },
        {"run_delay_ns", row.tally.sched.run_delay_ns},
        {"migrations",   row.tally.migrations        },
        {"max_gap_ms",   in_ms(row.tally.max_gap_ns) },
        {"timeslices",   row.tally.sched.timeslices  }
    };
}

Json to_json(const Group& group) {
    const auto total = group.total();
    Json workers = Json::array();
    std::uint64_t worst_delay = 0;
    for (const auto& [number, row] : group.workers) {
        workers.push_back(to_json(row));
        worst_delay = std::max(worst_delay, row.tally.sched.run_delay_ns);
    }
    const auto count = static_cast<double>(std::max<std::size_t>(1, group.workers.size()));
    const auto delay = total.sched.run_delay_ns;
    Json json{
        {"num_workers",       group.workers.size()   },
        {"total_iterations",  total.iterations       },
        {"total_work_units",  total.work_units       },
        {"total_cpu_time_ns", total.sched.cpu_time_ns},
        {"total_migrations",  total.migrations       },
        {"cpus_used",         total.cpus.numbers()   },
        {"max_gap_ms",        in_ms(total.max_gap_ns)},
        {"workers",           std::move(workers)     }
    };
    json["run_delay"] = {
        {"mean_us",  static_cast<double>(delay) / us / count},
        {"worst_us", static_cast<double>(worst_delay) / us  },
        {"total_ns", delay                                  }
    };
    if (group.wakes.samples > 0) {
        json["wake"] = to_json(group.wakes);
    }
    if (group.pages.seen > 0) {
        json["page_locality"] =
            static_cast<double>(group.pages.local) / static_cast<double>(group.pages.seen);
    }
    return json;
}

Json to_json(const std::map<std::string, Group>& groups) {
    Json json = Json::object();
    for (const auto& [name, group] : groups) {
        json[name] = to_json(group);
    }
    return json;
}

Json to_json(const std::vector<ProgramCost>& programs) {
    Json json = Json::array();
    for (const auto& program : programs) {
        json.push_back({
            {"id",          program.id         },
            {"run_cnt",     program.run_cnt    },
            {"run_time_ns", program.run_time_ns}
        });
    }
    return json;
}

Json to_json(const PhaseRecord& phase) {
    return {
        {"index",     phase.index                                                    },
        {"name",      phase.name()                                                   },
        {"begin",     phase.begin_ns                                                 },
        {"end",       phase.end_ns                                                   },
        {"scheduler", phase.scheduler.empty() ? Json(nullptr) : Json(phase.scheduler)},
        {"steal_ns",  phase.host.steal_ns                                            },
        {"programs",  to_json(phase.programs)                                        },
        {"cgroups",   to_json(phase.cgroups)                                         }
    };
}

const char* name_of(Check::Outcome outcome) {
    switch (outcome) {
    case Check::Outcome::passed:
        return "passed";
    case Check::Outcome::failed:
        return "failed";
    case Check::Outcome::inconclusive:
        break;
    }
    return "inconclusive";
}

Json to_json(const Check& check) {
    return {
        {"name",    check.name                             },
        {"limit",   check.limit                            },
        {"worst",   check.worst                            },
        {"where",   check.where                            },
        {"passed",  check.outcome == Check::Outcome::passed},
        {"outcome", name_of(check.outcome)                 },
        {"detail",  detail_of(check)                       },
        {"at_most", check.at_most                          },
        {"of_time", check.of_time                          }
    };
}

const char* name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::pass:
        return "pass";
    case Verdict::fail:
        return "fail";
    case Verdict::inconclusive:
        break;
    }
    return "inconclusive";
}

} // namespace

std::string
result_json(const Judged& judged, const std::vector<Check>& checks, const Measured& measured) {
    Json json{
        {"verdict",  name_of(judged.verdict)    },
        {"details",  judged.details             },
        {"checks",   Json::array()              },
        {"phases",   Json::array()              },
        {"cgroups",  to_json(measured.cgroups())},
        {"work",     measured.work              },
        {"timeline", Json::array()              },
        {"duration", measured.duration_ns       }
    };
    for (const auto& check : checks) {
        json["checks"].push_back(to_json(check));
    }
    for (const auto& phase : measured.phases) {
        json["phases"].push_back(to_json(phase));
    }
    for (const auto& moment : measured.timeline) {
        json["timeline"].push_back({
            {"at",   moment.at_ns},
            {"what", moment.what }
        });
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace ktstr::workload
