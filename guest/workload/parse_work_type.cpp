#include "guest/workload/parse_work.hpp"

#include <algorithm>
#include <array>

namespace ktstr::workload {

namespace {

constexpr std::uint64_t most_iters = 1ULL << 40;
constexpr std::uint64_t most_kb = 16ULL << 20;
constexpr unsigned most_together = 256;
constexpr std::size_t most_turns = 64;

std::uint64_t iters(Fields& fields, std::string_view name, std::uint64_t otherwise) {
    return fields.integer(name, 0, most_iters).value_or(otherwise);
}

std::uint64_t size(Fields& fields, std::string_view name, std::uint64_t otherwise_kb) {
    return fields.integer(name, 1, most_kb).value_or(otherwise_kb) * 1024;
}

Turn to_turn(const Json& value, const std::string& path) {
    constexpr std::array<std::string_view, 4> names{"spin", "sleep", "yield", "io"};
    const auto tagged = to_tagged(value, path);
    const auto found = std::find(names.begin(), names.end(), tagged.name);
    if (found == names.end()) {
        throw BadField(path, none_of(tagged.name, names));
    }
    return {.kind = static_cast<Turn::Kind>(found - names.begin()),
            .lasts_ns = to_integer(tagged.value, path + "." + tagged.name, 1, longest_ns)};
}

void nothing(Fields& /*fields*/, WorkType& /*type*/) {}

void bursty(Fields& fields, WorkType& type) {
    type.burst_ns = fields.integer("burst_duration", 1, longest_ns).value_or(50'000'000);
    type.sleep_ns = fields.integer("sleep_duration", 1, longest_ns).value_or(100'000'000);
}

void pipe_io(Fields& fields, WorkType& type) {
    type.spin_iters = iters(fields, "burst_iters", 1024);
    type.together = 2;
}

void futex_ping_pong(Fields& fields, WorkType& type) {
    type.spin_iters = iters(fields, "spin_iters", 1024);
    type.together = 2;
}

void cache(Fields& fields, WorkType& type) {
    type.size_bytes = size(fields, "size_kb", 32);
    type.stride = fields.integer("stride", 1, most_kb * 1024).value_or(64);
}

void cache_pipe(Fields& fields, WorkType& type) {
    type.size_bytes = size(fields, "size_kb", 32);
    type.stride = 64;
    type.spin_iters = iters(fields, "burst_iters", 1024);
    type.together = 2;
}

void fan_out(Fields& fields, WorkType& type) {
    type.together =
        1 + static_cast<unsigned>(fields.integer("fan_out", 1, most_together - 1).value_or(4));
    type.spin_iters = iters(fields, "spin_iters", 1024);
}

void fan_out_compute(Fields& fields, WorkType& type) {
    type.together =
        1 + static_cast<unsigned>(fields.integer("fan_out", 1, most_together - 1).value_or(4));
    type.size_bytes = size(fields, "cache_footprint_kb", 256);
    type.stride = 64;
    type.operations = iters(fields, "operations", 5);
    type.sleep_ns = fields.integer("sleep_usec", 0, longest_ns / 1000).value_or(100) * 1000;
}

void sequence(Fields& fields, WorkType& type) {
    type.turns.push_back(to_turn(fields.need("first"), fields.path_of("first")));
    if (const auto* const rest = fields.find("rest")) {
        const auto path = fields.path_of("rest");
        for (const auto& turn : to_array(*rest, path, most_turns)) {
            type.turns.push_back(to_turn(turn, path));
        }
    }
}

void churn(Fields& fields, WorkType& type) {
    type.spin_iters = iters(fields, "spin_iters", 1024);
}

void page_faults(Fields& fields, WorkType& type) {
    type.size_bytes = size(fields, "region_kb", 4096);
    type.operations = iters(fields, "touches_per_cycle", 256);
    type.spin_iters = iters(fields, "spin_iters", 64);
}

void mutex(Fields& fields, WorkType& type) {
    type.together =
        static_cast<unsigned>(fields.integer("contenders", 1, most_together).value_or(4));
    type.hold_iters = iters(fields, "hold_iters", 256);
    type.spin_iters = iters(fields, "work_iters", 1024);
}

void custom(Fields& fields, WorkType& type) {
    type.name = to_text(fields.need("name"), fields.path_of("name"), 256);
}

struct Row {
    std::string_view name;
    WorkKind kind;
    void (*read)(Fields& fields, WorkType& type);
};

constexpr std::array<Row, 20> rows{
    {
     {"spin_wait", WorkKind::spin_wait, nothing},
     {"yield_heavy", WorkKind::yield_heavy, nothing},
     {"mixed", WorkKind::mixed, nothing},
     {"io_sync", WorkKind::io_sync, nothing},
     {"bursty", WorkKind::bursty, bursty},
     {"pipe_io", WorkKind::pipe_io, pipe_io},
     {"futex_ping_pong", WorkKind::futex_ping_pong, futex_ping_pong},
     {"cache_pressure", WorkKind::cache_pressure, cache},
     {"cache_yield", WorkKind::cache_yield, cache},
     {"cache_pipe", WorkKind::cache_pipe, cache_pipe},
     {"futex_fan_out", WorkKind::futex_fan_out, fan_out},
     {"fan_out_compute", WorkKind::fan_out_compute, fan_out_compute},
     {"sequence", WorkKind::sequence, sequence},
     {"fork_exit", WorkKind::fork_exit, nothing},
     {"nice_sweep", WorkKind::nice_sweep, nothing},
     {"affinity_churn", WorkKind::affinity_churn, churn},
     {"policy_churn", WorkKind::policy_churn, churn},
     {"page_fault_churn", WorkKind::page_fault_churn, page_faults},
     {"mutex_contention", WorkKind::mutex_contention, mutex},
     {"custom", WorkKind::custom, custom},
     }
};

} // namespace

std::string_view name_of(WorkKind kind) {
    return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.kind == kind; })
        ->name;
}

WorkType to_work_type(const Json& value, const std::string& path) {
    const auto tagged = to_tagged(value, path);
    const auto row = std::find_if(
        rows.begin(), rows.end(), [&](const Row& known) { return known.name == tagged.name; });
    if (row == rows.end()) {
        std::array<std::string_view, rows.size()> names;
        std::transform(
            rows.begin(), rows.end(), names.begin(), [](const Row& known) { return known.name; });
        throw BadField(path, none_of(tagged.name, names));
    }
    WorkType type{.kind = row->kind};
    const Json parameters = tagged.value.is_null() ? Json::object() : tagged.value;
    Fields fields(parameters, path + "." + tagged.name);
    row->read(fields, type);
    fields.no_others();
    return type;
}

} // namespace ktstr::workload
