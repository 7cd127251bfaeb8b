// One test as nextest asks for it: in a VM, or on the host where the configuration says so; a
// sidecar either way.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/config/filterset.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/protocol/declared.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ktstr::protocol {

struct TestRun {
    std::vector<std::string> argv; // test binary and its arguments
    config::TestNames names;
    variants::VariantName variant; // what it is of
    config::TestSettings settings;
    std::optional<Declared> declared;       // of a test of the crate `ktstr`
    std::optional<std::string> host_reason; // why it runs on the host, if it does
    std::optional<Error> problem;           // what keeps it from being run at all
    Clock::time_point start;                // of this process
};

// Never throws a result away; the exit code is what nextest shall see. A program's death by a
// signal is repeated on ourselves, so that nextest names the signal.
int run_test(const TestRun& run);

// Any other run of a test binary (through a debugger, by hand): no test, so no sidecar and no
// limits; stdin is relayed and all output goes through.
Result<int> run_program(const TestRun& run);

// The test's settings: .config/ktstr.toml of the workspace under the nextest profile, then the
// KTSTR_* variables.
Result<config::TestSettings> settings_of(const config::TestNames& names);
Result<bool> binary_host_only(const config::TestNames& names);

} // namespace ktstr::protocol
