#include "guest/workload/custom.hpp"

#include "guest/workload/fields.hpp"

#include <algorithm>

namespace ktstr::workload {

namespace {

constexpr std::int64_t fork_limit_ns = 10'000'000'000;
constexpr std::size_t most_latencies = 1'000'000;
constexpr std::uint64_t any = ~std::uint64_t{0};

std::string event(const char* name, Json value) {
    Json line;
    line["event"][name] = std::move(value);
    return line.dump();
}

// Fields that are not ours to use are not looked at: the report is the crate's own.
CustomReport to_report(const Json& value) {
    Fields fields(value, "report");
    CustomReport report;
    report.tally.iterations = fields.integer("iterations", 0, any).value_or(0);
    report.tally.work_units = fields.integer("work_units", 0, any).value_or(0);
    report.tally.migrations = fields.integer("migration_count", 0, any).value_or(0);
    constexpr std::uint64_t most_gap_ms = 1ULL << 40;
    constexpr std::int64_t ms = 1'000'000;
    report.tally.max_gap_ns =
        static_cast<std::int64_t>(fields.integer("max_gap_ms", 0, most_gap_ms).value_or(0)) * ms;
    if (const auto* const cpus = fields.find("cpus_used"); cpus != nullptr && !cpus->empty()) {
        report.tally.cpus = CpuSet(to_numbers(*cpus, "report.cpus_used", most_cpus - 1));
    }
    if (const auto* const latencies = fields.find("wake_latencies_ns")) {
        const std::string path = "report.wake_latencies_ns";
        for (const auto& latency : to_array(*latencies, path, most_latencies)) {
            report.wakes.count(to_integer(latency, path, 0, any >> 1));
        }
    }
    return report;
}

} // namespace

CustomWorkers::Forked CustomWorkers::fork(unsigned number, const std::string& name) {
    around_->send_event(event("fork",
                              {
                                  {"worker", number},
                                  {"name",   name  }
    }));
    const auto until = guest::monotonic_ns() + fork_limit_ns;
    while (pids_.count(number) == 0) {
        if (around_->cancelled() || guest::monotonic_ns() >= until) {
            return {.problem = "the test forked no child for the work function \"" + name +
                               "\" within 10 s"};
        }
        if (auto problem = listen(until)) {
            return {.problem = std::move(problem)};
        }
    }
    return {.pid = pids_[number]};
}

void CustomWorkers::go(const std::vector<unsigned>& numbers) {
    around_->send_event(event("go",
                              {
                                  {"workers", numbers}
    }));
}

void CustomWorkers::halt(const std::vector<unsigned>& numbers) {
    around_->send_event(event("halt",
                              {
                                  {"workers", numbers}
    }));
}

Problem CustomWorkers::listen(std::int64_t until_ns) {
    const auto line = around_->next_answer(until_ns);
    return line ? hear(*line) : std::nullopt;
}

Problem CustomWorkers::hear(const std::string& line) {
    try {
        const auto value = Json::parse(line);
        Fields fields(value, "");
        if (const auto* const forked = fields.find("forked")) {
            Fields parts(*forked, "forked");
            const auto number =
                static_cast<unsigned>(to_integer(parts.need("worker"), "forked.worker", 0, ~0U));
            pids_[number] =
                static_cast<pid_t>(to_integer(parts.need("pid"), "forked.pid", 2, 1U << 22));
        } else if (const auto* const reported = fields.find("reported")) {
            Fields parts(*reported, "reported");
            const auto number =
                static_cast<unsigned>(to_integer(parts.need("worker"), "reported.worker", 0, ~0U));
            if (const auto* const error = parts.find("error")) {
                return "custom worker " + std::to_string(number) + ": " +
                       (error->is_string() ? error->get<std::string>() : shown(*error));
            }
            reports_[number] = to_report(parts.need("report"));
        }
        return std::nullopt;
    } catch (const BadField& bad) {
        return std::string("the test's answer about a custom worker is none: ") + bad.what();
    } catch (const Json::exception& error) {
        return std::string("the test's answer about a custom worker is none: ") + error.what();
    }
}

} // namespace ktstr::workload
