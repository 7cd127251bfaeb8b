// What the engine measured, for people. The JSON is a guest's: whatever it lacks is left out,
// whatever it has too much of is cut.
#pragma once

#include "ktstr-runner/base/json.hpp"

#include <string>

namespace ktstr::session {

// One line for each phase and cgroup of each result; empty when nothing was measured.
std::string stats_table(const Json& measurements);

// What happened when, of each result; empty when nothing is told.
std::string timeline(const Json& measurements);

} // namespace ktstr::session
