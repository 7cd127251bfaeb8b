// From a test's names and its environment to the program that a session runs.
#pragma once

#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/protocol/run_test.hpp"
#include "ktstr-runner/session/prepare.hpp"

namespace ktstr::protocol {

// The program with its cwd, environment, package and helper binaries, as this process was given
// them.
session::Program program_of(const TestRun& run);

// What nextest's configuration says about this test's time.
Result<session::Limits> limits_of(const TestRun& run);

} // namespace ktstr::protocol
