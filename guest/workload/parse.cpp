#include "guest/workload/parse.hpp"

#include "guest/workload/parse_step.hpp"

#include <array>

namespace ktstr::workload {

namespace {

constexpr std::size_t most_steps = 1024;
constexpr std::uint64_t most_snapshots = 1000;
constexpr double any = 1e18;

Thresholds to_thresholds(const Json& value, const std::string& path) {
    // Those of the crate whose measurements are not the engine's to make.
    constexpr std::array<std::string_view, 6> foreign{"fail_on_stall",
                                                      "max_imbalance_ratio",
                                                      "max_local_dsq_depth",
                                                      "sustained_samples",
                                                      "max_fallback_rate",
                                                      "max_keep_last_rate"};
    Thresholds limits;
    Fields fields(value, path);
    limits.not_starved = fields.boolean("not_starved").value_or(false);
    limits.isolation = fields.boolean("isolation").value_or(false);
    limits.max_gap_ms = fields.number("max_gap_ms", {0, any});
    limits.max_spread_pct = fields.number("max_spread_pct", {0, 100});
    limits.max_throughput_cv = fields.number("max_throughput_cv", {0, any});
    limits.min_work_rate = fields.number("min_work_rate", {0, any});
    limits.max_p99_wake_latency_ns = fields.number("max_p99_wake_latency_ns", {0, any});
    limits.max_wake_latency_cv = fields.number("max_wake_latency_cv", {0, any});
    limits.min_iteration_rate = fields.number("min_iteration_rate", {0, any});
    limits.max_migration_ratio = fields.number("max_migration_ratio", {0, any});
    limits.min_page_locality = fields.number("min_page_locality", {0, 1});
    limits.max_cross_node_migration_ratio = fields.number("max_cross_node_migration_ratio", {0, 1});
    limits.max_slow_tier_ratio = fields.number("max_slow_tier_ratio", {0, 1});
    for (const auto name : foreign) {
        if (const auto* const limit = fields.find(name); limit != nullptr && *limit != false) {
            throw BadField(fields.path_of(name), "the engine does not measure this");
        }
    }
    fields.no_others();
    return limits;
}

// "/ktstr/a" as "ktstr/a"; empty stays empty.
std::string to_root(const Json* value, const std::string& path) {
    auto root = value == nullptr ? std::string("/ktstr") : to_text(*value, path, 1024);
    while (!root.empty() && root.front() == '/') {
        root.erase(0, 1);
    }
    if (!root.empty()) {
        check_cgroup_name(root, path);
    }
    return root;
}

Scenario to_scenario(const Json& value) {
    Scenario scenario;
    Fields fields(value, "");
    to_integer(fields.need("scenario"), "scenario", 1, 1);
    scenario.name = fields.text("name", 1024);
    const auto ns = [](std::uint64_t value_ns) { return static_cast<std::int64_t>(value_ns); };
    scenario.duration_ns = ns(to_integer(fields.need("duration"), "duration", 1, longest_ns));
    scenario.settle_ns = ns(fields.integer("settle", 0, longest_ns).value_or(0));
    scenario.root = to_root(fields.find("root"), "root");
    scenario.workers_per_cgroup =
        static_cast<unsigned>(fields.integer("workers_per_cgroup", 1, most_workers).value_or(2));
    scenario.snapshots =
        static_cast<unsigned>(fields.integer("snapshots", 0, most_snapshots).value_or(0));
    if (const auto* const limits = fields.find("assert")) {
        scenario.thresholds = to_thresholds(*limits, "assert");
    }
    if (const auto* const backdrop = fields.find("backdrop")) {
        Fields parts(*backdrop, "backdrop");
        scenario.backdrop_ops = to_ops(parts);
        scenario.backdrop_cgroups = to_cgroups(parts);
        parts.no_others();
    }
    std::size_t index = 0;
    for (const auto& step : to_array(fields.need("steps"), "steps", most_steps)) {
        scenario.steps.push_back(to_step(step, "steps[" + std::to_string(index++) + "]"));
    }
    fields.no_others();
    return scenario;
}

} // namespace

ParsedScenario parse_scenario(std::string_view text) {
    try {
        return {.scenario = to_scenario(Json::parse(text))};
    } catch (const BadField& bad) {
        return {.error = std::string("bad scenario: ") + bad.what()};
    } catch (const Json::exception& error) {
        return {.error = std::string("bad scenario: no JSON: ") + error.what()};
    }
}

} // namespace ktstr::workload
