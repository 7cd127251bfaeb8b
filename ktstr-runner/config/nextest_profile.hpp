// What nextest will do to a test, read from the workspace's .config/nextest.toml and the profile's
// name: when it kills, how long it waits, when it calls open pipes a leak. Precedence as in
// nextest: overrides of the profile, overrides of default, the profile, its `inherits` chain,
// default, built-in.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/filterset.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ktstr::config {

struct TestLimits {
    std::optional<std::chrono::milliseconds> kill_after; // period x terminate-after; absent: never
    std::chrono::milliseconds grace_period{10'000};      // SIGTERM to SIGKILL
    std::chrono::milliseconds leak_timeout{200};
    bool leak_fails = false;
};

// NEXTEST_RUN_MODE: under `cargo nextest bench` other keys hold (bench.slow-timeout).
enum class RunMode { test, benchmark };

// `files` are in nextest's order: the repository's file first, then tool configuration files. A
// missing file is empty. A filter that cannot be judged from names counts as matching when that
// makes the limit shorter: reporting too early is a wait that was cut, reporting too late is a lost
// diagnosis.
Result<TestLimits> nextest_limits(const std::vector<std::filesystem::path>& files,
                                  const std::string& profile,
                                  const TestNames& names,
                                  RunMode mode = RunMode::test);

// The keys that the profile has, its own and those that it inherits; overrides are none of them.
Result<std::set<std::string>> nextest_profile_keys(const std::vector<std::filesystem::path>& files,
                                                   const std::string& profile);

// The profile's `test-threads`, as text: a number, or "num-cpus". Absent where no file says it.
Result<std::optional<std::string>>
nextest_test_threads(const std::vector<std::filesystem::path>& files, const std::string& profile);

} // namespace ktstr::config
