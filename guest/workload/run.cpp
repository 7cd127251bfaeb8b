#include "guest/workload/run.hpp"

#include "guest/workload/parse.hpp"
#include "guest/workload/play.hpp"
#include "guest/workload/result.hpp"

namespace ktstr::workload {

Ran run(std::string_view scenario, Surroundings& around) {
    const auto parsed = parse_scenario(scenario);
    if (!parsed.error.empty()) {
        return {.error = parsed.error};
    }
    Play play(parsed.scenario, around);
    if (const auto problem = play.perform()) {
        return {.error = *problem};
    }
    const auto& measured = play.measured();
    const auto checks = check(parsed.scenario.thresholds, measured);
    return {.result = result_json(judge(checks, measured), checks, measured)};
}

} // namespace ktstr::workload
