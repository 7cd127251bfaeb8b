// The environment of a test in a deterministic machine: as everywhere else, but for what differs
// from run to run of the same tests.
#pragma once

#include <string>
#include <vector>

namespace ktstr::config {

// `environment` is "NAME=value" each. nextest's names of a run and an attempt are those of a first
// attempt of no run; what a CI system numbers is left out. Sorted, so that its order is nobody's.
std::vector<std::string> fixed_environment(std::vector<std::string> environment);

} // namespace ktstr::config
