// A scenario from its JSON (docs/reference/scenario.md).
#pragma once

#include "guest/workload/scenario.hpp"

#include <string>
#include <string_view>

namespace ktstr::workload {

struct ParsedScenario {
    Scenario scenario;
    std::string error; // "steps[0].hold.frac: 2 is no number from 0 to 1"; empty: none
};

ParsedScenario parse_scenario(std::string_view text);

} // namespace ktstr::workload
