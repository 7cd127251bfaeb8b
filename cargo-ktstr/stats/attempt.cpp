#include "cargo-ktstr/stats/attempt.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <algorithm>
#include <set>

namespace ktstr::stats {

namespace {

// What a guest tells is bounded: no scheduler has so many.
constexpr std::size_t most_programs = 256;
constexpr std::size_t most_events = 64;
constexpr std::size_t most_kinds_of_work = 32;

const Json& list(const Json& json, const char* key) {
    static const Json none = Json::array();
    const auto found = json.is_object() ? json.find(key) : json.end();
    return json.is_object() && found != json.end() && found->is_array() ? *found : none;
}

std::uint64_t count(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::vector<Program> programs_in(const Json& facts, Words& words) {
    std::vector<Program> out;
    for (const auto& program : list(facts, "programs")) {
        if (!program.is_object() || !program.contains("name") || !program["name"].is_string() ||
            out.size() == most_programs) {
            continue;
        }
        out.push_back({.name = words.number_of(program["name"].get_ref<const std::string&>()),
                       .verified_insns = count(program, "verified_insns"),
                       .run_cnt = count(program, "run_cnt"),
                       .run_time_ns = count(program, "run_time_ns")});
    }
    return out;
}

std::vector<Event> events_in(const Json& facts, Words& words) {
    std::vector<Event> out;
    const auto found = facts.is_object() ? facts.find("events") : facts.end();
    if (!facts.is_object() || found == facts.end() || !found->is_object()) {
        return out;
    }
    for (const auto& [name, value] : found->items()) {
        if (value.is_number_unsigned() && out.size() < most_events) {
            out.push_back({.name = words.number_of(name), .count = value.get<std::uint64_t>()});
        }
    }
    return out;
}

std::string work_in(const Json& facts) {
    std::set<std::string> kinds;
    for (const auto& result : list(facts, "results")) {
        for (const auto& kind : list(result, "work")) {
            if (kind.is_string() && kinds.size() < most_kinds_of_work) {
                kinds.insert(kind.get<std::string>());
            }
        }
    }
    return join(std::vector<std::string>(kinds.begin(), kinds.end()), ", ");
}

// Off a name: "/kernel_6_14", as `cargo ktstr test` makes it.
std::string_view without_kernel(std::string_view name) {
    const auto slash = name.rfind('/');
    const bool labelled =
        slash != std::string_view::npos && name.substr(slash + 1).starts_with("kernel_");
    return labelled ? name.substr(0, slash) : name;
}

Exits exits_of(const std::vector<VcpuCounters>& vcpus) {
    Exits out{.vcpus = static_cast<std::uint32_t>(vcpus.size()), .sum = {}};
    for (const auto& vcpu : vcpus) {
        out.sum.exits += vcpu.exits;
        out.sum.halts += vcpu.halts;
        out.sum.halt_wait_ns += vcpu.halt_wait_ns;
        out.sum.preemptions += vcpu.preemptions;
        out.sum.signals += vcpu.signals;
    }
    return out;
}

} // namespace

Attempt attempt_of(const sidecar::Record& record, Words& words) {
    const auto facts =
        record.facts.text.empty() ? Json() : Json::parse(record.facts.text, nullptr, false);
    Attempt out{.run = words.number_of(record.run_id),
                .binary_id = words.number_of(record.binary_id),
                .name = words.number_of(record.test)};
    const auto plain = without_kernel(record.test);
    if (const auto parts = variants::gauntlet_parts(plain)) {
        out.test = words.number_of(parts->test);
        out.preset = words.number_of(parts->cell.preset);
        out.profile = words.number_of(parts->cell.profile);
    } else {
        out.test = words.number_of(plain);
    }
    out.kernel = words.number_of(record.host_only ? "" : record.kernel_key);
    out.topology = words.number_of(record.topology);
    out.machine = words.number_of(record.machine);
    out.scheduler =
        words.number_of(record.schedulers.empty() ? "" : record.schedulers.front().name);
    out.work = words.number_of(work_in(facts));
    out.origin = words.number_of(record.origin);
    const bool good = record.verdict == sidecar::Verdict::pass;
    out.headline = words.number_of(good ? "" : record.headline);
    out.number = record.attempt;
    out.verdict = record.verdict;
    out.reason = record.reason;
    out.second_try = !record.first_try.empty();
    out.host_only = record.host_only;
    out.started_at_ns = record.started_at_ns;
    out.wall_ns = record.wall_ns;
    std::ranges::transform(record.phases_ns, out.phases_ns.begin(), [](const auto& phase) {
        return phase.value_or(-1);
    });
    out.values = values_of(record, facts);
    out.exits = exits_of(record.vcpus);
    out.programs = programs_in(facts, words);
    out.events = events_in(facts, words);
    return out;
}

} // namespace ktstr::stats
