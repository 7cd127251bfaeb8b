// The fields of a sidecar file, one table: writing, reading and docs/reference/sidecar.md all
// follow it.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <span>
#include <variant>

namespace ktstr::sidecar {

using PhaseTimes = std::array<std::optional<std::int64_t>, phase_count>;

using Member = std::variant<std::string Record::*,
                            unsigned Record::*,
                            int Record::*,
                            bool Record::*,
                            std::uint64_t Record::*,
                            std::int64_t Record::*,
                            std::vector<std::string> Record::*,
                            std::vector<VcpuCounters> Record::*,
                            std::vector<SchedulerRecord> Record::*,
                            JsonText Record::*,
                            Verdict Record::*,
                            Reason Record::*,
                            PhaseTimes Record::*>;

// A reader refuses a file without a required field; an optional one takes its default, so that
// fields may be added within a schema.
enum class Presence { required, optional };

struct Field {
    std::string_view name;
    Presence presence;
    Member member;
    std::string_view meaning;
};

std::span<const Field> fields();

// How docs/reference names the JSON type of a field.
std::string_view type_name(const Field& field);

} // namespace ktstr::sidecar
