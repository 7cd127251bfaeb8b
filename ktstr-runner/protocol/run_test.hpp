// One test as nextest asks for it: in a VM, or on the host where the configuration says so; a sidecar either way.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/config/filterset.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ktstr::protocol {

struct TestRun {
    std::vector<std::string> argv; // test binary and its arguments
    config::TestNames names;
    std::optional<std::string> host_reason; // why it runs on the host, if it does
    Clock::time_point start;                // of this process
};

// Never throws a result away; the exit code is what nextest shall see. A program's death by a signal is repeated on
// ourselves, so that nextest names the signal.
int run_test(const TestRun& run);

} // namespace ktstr::protocol
