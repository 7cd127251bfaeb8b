#include "ktstr-runner/protocol/vm_result.hpp"

#include "ktstr-runner/session/scheduler_end.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ktstr::protocol {

namespace {

// Worst last. What is not one of these is not taken for better than it says.
constexpr std::array<std::string_view, 3> verdicts{"pass", "inconclusive", "fail"};

std::size_t badness(const Json& verdict) {
    const auto found = verdict.is_string()
                           ? std::ranges::find(verdicts, verdict.get_ref<const std::string&>())
                           : verdicts.end();
    return found == verdicts.end() ? 1 : static_cast<std::size_t>(found - verdicts.begin());
}

void append(Json& to, const Json& from, const char* key) {
    if (!from.contains(key) || !from[key].is_array()) {
        return;
    }
    auto& list = to[key];
    if (!list.is_array()) {
        list = Json::array();
    }
    for (const auto& item : from[key]) {
        list.push_back(item);
    }
}

void merge(Json& into, const Json& result) {
    const auto before = badness(into["verdict"]);
    const auto after = result.contains("verdict") ? badness(result["verdict"]) : 1;
    into["verdict"] = verdicts.at(std::max(before, after));
    for (const auto* list : {"details", "checks", "phases", "timeline"}) {
        append(into, result, list);
    }
    if (result.contains("cgroups") && result["cgroups"].is_object()) {
        auto& cgroups = into["cgroups"];
        if (!cgroups.is_object()) {
            cgroups = Json::object();
        }
        for (const auto& [name, stats] : result["cgroups"].items()) {
            cgroups[name] = stats;
        }
    }
    if (result.contains("duration") && result["duration"].is_number_integer() &&
        into.contains("duration") && into["duration"].is_number_integer()) {
        std::int64_t sum = 0; // of a guest's numbers
        if (!__builtin_add_overflow(into["duration"].get<std::int64_t>(),
                                    result["duration"].get<std::int64_t>(),
                                    &sum)) {
            into["duration"] = sum;
        }
    }
}

// A guest's numbers are not trusted to be in order.
void number_phases(Json& result) {
    if (!result.contains("phases") || !result["phases"].is_array()) {
        return;
    }
    std::size_t index = 0;
    for (auto& phase : result["phases"]) {
        if (phase.is_object()) {
            phase["index"] = index++;
        }
    }
}

// The one in trouble, else the first.
Json scheduler_of(const session::Outcome& outcome) {
    if (!outcome.story || outcome.story->schedulers.empty()) {
        return {};
    }
    const auto* trouble = session::first_in_trouble(*outcome.story);
    const auto& told = trouble != nullptr ? *trouble : outcome.story->schedulers.front();
    return parse_json(wire::dump(told)).value_or(Json());
}

std::string log_of(const session::Outcome& outcome) {
    std::string out;
    if (outcome.story) {
        for (const auto& scheduler : outcome.story->schedulers) {
            out += scheduler.log;
        }
    }
    return out;
}

} // namespace

Json merged_results(const Json& measurements) {
    if (!measurements.is_object() || !measurements.contains("results") ||
        !measurements["results"].is_array()) {
        return {};
    }
    Json merged;
    for (const auto& result : measurements["results"]) {
        if (!result.is_object()) {
            continue;
        }
        if (merged.is_null()) {
            merged = result;
        } else {
            merge(merged, result);
            number_phases(merged);
        }
    }
    return merged;
}

std::string vm_result(const session::Outcome& outcome) {
    const auto& record = outcome.record;
    Json json;
    json["verdict"] = sidecar::name(record.verdict);
    json["reason"] = sidecar::name(record.reason);
    json["headline"] = record.headline;
    json["exit_code"] = record.exit_code;
    json["success"] = record.verdict == sidecar::Verdict::pass;
    json["timed_out"] = outcome.timed_out;
    json["duration_ns"] = outcome.report ? outcome.report->wall_ns : 0;
    json["result"] = merged_results(outcome.measurements);
    json["scheduler"] = scheduler_of(outcome);
    json["scheduler_log"] = log_of(outcome);
    return print_json(json);
}

} // namespace ktstr::protocol
