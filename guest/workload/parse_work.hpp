// The parts of a scenario that say what workers do, and how. All throw BadField.
#pragma once

#include "guest/workload/fields.hpp"
#include "guest/workload/scenario.hpp"

namespace ktstr::workload {

constexpr std::uint64_t longest_ns = 24ULL * 3600 * 1'000'000'000; // of any duration
constexpr unsigned most_workers = 4096;                            // of one WorkSpec

WorkType to_work_type(const Json& value, const std::string& path);
// "spin_wait", as a scenario writes it.
std::string_view name_of(WorkKind kind);
Policy to_policy(const Json& value, const std::string& path);
Affinity to_affinity(const Json& value, const std::string& path);
MemoryPolicy to_memory_policy(const Json& value, const std::string& path);
WorkSpec to_work_spec(const Json& value, const std::string& path);

} // namespace ktstr::workload
