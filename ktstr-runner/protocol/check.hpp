// `--check`: an attempt runs twice on the deterministic machine, and two runs that differ are a
// failure, whatever the test says of itself.
#pragma once

#include "ktstr-runner/protocol/run_test.hpp"
#include "ktstr-runner/session/session.hpp"

#include <optional>
#include <string>

namespace ktstr::protocol {

// A check was asked for and the test's machine is another: nothing would be checked.
Result<> check_machine(const config::TestSettings& settings);

// The line that names a test which reads the host.
std::string why_not_checked_on_host(const std::string& host_reason);

// Whether the first run came so far that there is something to check.
bool can_be_checked(const session::Outcome& first);

// Puts what the second run, or its lack, shows into the outcome of the first.
void judge_check(const Result<session::Outcome>& second, session::Outcome& first);

} // namespace ktstr::protocol
