// ktstr-scenario FILE.json: has the engine run a scenario, for those who write their tests in the
// shell or C++. Prints the result, one line of JSON.
#pragma once

#include <string>
#include <vector>

namespace ktstr::guest {

inline constexpr const char* scenario_tool_name = "ktstr-scenario";

// `arguments`: without the program's name. Returns the exit code: 0 pass, 1 fail, 3 inconclusive or
// it could not run.
int scenario_tool_main(const std::vector<std::string>& arguments);

} // namespace ktstr::guest
