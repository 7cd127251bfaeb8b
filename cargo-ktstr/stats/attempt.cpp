#include "cargo-ktstr/stats/attempt.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace ktstr::stats {

namespace {

// What a guest tells is bounded: no scheduler has so many.
constexpr std::size_t most_programs = 256;
constexpr std::size_t most_events = 64;
constexpr std::size_t most_kinds_of_work = 32;

std::uint64_t count(JsonView json, std::string_view key) {
    const auto found = member(json, key);
    return found ? as_unsigned(*found).value_or(0) : 0;
}

std::vector<Program> programs_in(std::optional<JsonView> facts, Words& words) {
    std::vector<Program> out;
    for_each(facts, "programs", [&](JsonView program) {
        const auto named = member(program, "name");
        const auto name = named ? as_text(*named) : std::nullopt;
        if (name && out.size() < most_programs) {
            out.push_back({.name = words.number_of(*name),
                           .verified_insns = count(program, "verified_insns"),
                           .run_cnt = count(program, "run_cnt"),
                           .run_time_ns = count(program, "run_time_ns")});
        }
    });
    return out;
}

std::vector<Event> events_in(std::optional<JsonView> facts, Words& words) {
    std::vector<Event> out;
    const auto found = facts ? member(*facts, "events") : std::nullopt;
    simdjson::dom::object events;
    if (found && found->get(events) == simdjson::SUCCESS) {
        for (const auto [name, value] : events) {
            const auto number = as_unsigned(value);
            if (number && out.size() < most_events) {
                out.push_back({.name = words.number_of(name), .count = *number});
            }
        }
    }
    return out;
}

std::string work_in(std::optional<JsonView> facts) {
    std::set<std::string> kinds;
    for_each(facts, "results", [&](JsonView result) {
        for_each(result, "work", [&](JsonView kind) {
            const auto name = as_text(kind);
            if (name && kinds.size() < most_kinds_of_work) {
                kinds.emplace(*name);
            }
        });
    });
    return join(std::vector<std::string>(kinds.begin(), kinds.end()), ", ");
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

// Of a guest that the host cut off while it ran, the digest is of a part that the host's speed
// decided: no two of these need be the same. A guest that told its program's end told of its memory
// too.
bool was_cut_off(const sidecar::Record& record) {
    const bool by_the_host = record.reason == sidecar::Reason::interrupted ||
                             record.reason == sidecar::Reason::time_limit ||
                             record.verdict == sidecar::Verdict::inconclusive;
    return by_the_host && record.max_rss_bytes == 0;
}

// What a sidecar says may be anything; sums of these overflow nowhere.
std::uint32_t count_of(std::uint64_t said) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(said, std::numeric_limits<std::uint32_t>::max()));
}

} // namespace

std::int64_t within_bounds(std::int64_t ns) {
    constexpr std::int64_t most = 31LL * 24 * 3600 * 1'000'000'000;
    return std::clamp<std::int64_t>(ns, 0, most);
}

Attempt attempt_of(const sidecar::Record& record, std::optional<JsonView> facts, Words& words) {
    Attempt out{.run = words.number_of(record.run_id),
                .binary_id = words.number_of(record.binary_id),
                .name = words.number_of(record.test)};
    const auto variant =
        variants::variant_of(record.test, record.own_name, record.preset, record.flag_profile);
    out.test = words.number_of(variant.test);
    out.preset = words.number_of(variant.cell ? variant.cell->preset : "");
    out.profile = words.number_of(variant.cell ? variant.cell->profile : "");
    out.kernel = words.number_of(record.host_only ? "" : record.kernel_key);
    out.topology = words.number_of(record.topology);
    out.machine = words.number_of(record.machine);
    out.host_cpu = words.number_of(record.host_cpu);
    out.scheduler =
        words.number_of(record.schedulers.empty() ? "" : record.schedulers.front().name);
    out.work = words.number_of(work_in(facts));
    out.origin = words.number_of(record.origin);
    out.deterministic = record.deterministic;
    out.seed = record.seed;
    out.diverged = record.reason == sidecar::Reason::diverged;
    out.digest = words.number_of(was_cut_off(record) ? "" : record.digest);
    const bool good = record.verdict == sidecar::Verdict::pass;
    out.headline = words.number_of(good ? "" : record.headline);
    out.repetition = record.repetition;
    out.number = record.attempt;
    out.verdict = record.verdict;
    out.reason = record.reason;
    out.second_try = !record.first_try.empty();
    out.files_kept = count_of(record.files_kept);
    out.files_lost = count_of(record.files_lost);
    out.host_only = record.host_only;
    out.started_at_ns = record.started_at_ns;
    out.wall_ns = within_bounds(record.wall_ns);
    std::ranges::transform(record.phases_ns, out.phases_ns.begin(), [](const auto& phase) {
        return phase ? within_bounds(*phase) : -1;
    });
    out.values = values_of(record, facts);
    out.exits = exits_of(record.vcpus);
    out.programs = programs_in(facts, words);
    out.events = events_in(facts, words);
    return out;
}

} // namespace ktstr::stats
