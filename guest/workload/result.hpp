// The result of a scenario as JSON (docs/design/scheduler-tests.md, "Result").
#pragma once

#include "guest/workload/checks.hpp"

#include <string>

namespace ktstr::workload {

std::string
result_json(const Judged& judged, const std::vector<Check>& checks, const Measured& measured);

} // namespace ktstr::workload
