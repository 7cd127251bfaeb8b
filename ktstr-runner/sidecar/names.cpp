#include "ktstr-runner/sidecar/names.hpp"

#include <algorithm>

namespace ktstr::sidecar {

namespace {

template <class Table, class Value> const auto& row_of(const Table& table, Value value) {
    return *std::ranges::find(table, value, [](const auto& row) { return row.value; });
}

template <class Value, class Table>
std::optional<Value> value_of(const Table& table, std::string_view name) {
    const auto row = std::ranges::find(table, name, [](const auto& r) { return r.name; });
    return row == table.end() ? std::nullopt : std::optional<Value>(row->value);
}

// Every value of an enumeration stands at its own place in its table, so row_of always finds one.
template <class Table> constexpr bool complete(const Table& table) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].value) != i) {
            return false;
        }
    }
    return true;
}

static_assert(complete(verdicts) && complete(reasons) && complete(phases));
static_assert(verdicts.size() == static_cast<std::size_t>(Verdict::inconclusive) + 1);
static_assert(reasons.size() == static_cast<std::size_t>(Reason::harness) + 1);
static_assert(phases.size() == phase_count);

} // namespace

std::string_view name(Verdict verdict) {
    return row_of(verdicts, verdict).name;
}

std::string_view name(Reason reason) {
    return row_of(reasons, reason).name;
}

std::string_view name(Phase phase) {
    return row_of(phases, phase).name;
}

std::optional<Verdict> verdict_named(std::string_view name) {
    return value_of<Verdict>(verdicts, name);
}

std::optional<Reason> reason_named(std::string_view name) {
    return value_of<Reason>(reasons, name);
}

std::optional<Phase> phase_named(std::string_view name) {
    return value_of<Phase>(phases, name);
}

} // namespace ktstr::sidecar
