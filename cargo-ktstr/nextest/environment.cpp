#include "cargo-ktstr/nextest/environment.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/process.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace ktstr::nextest {

namespace {

// What nextest sets for a test process (its "Environment variables" page). Settings of the user,
// such as NEXTEST_EXPERIMENTAL_* or NEXTEST_DOUBLE_SPAWN, are not here and stay.
constexpr auto set_for_tests = std::to_array<std::string_view>({
    "NEXTEST",
    "NEXTEST_ATTEMPT",
    "NEXTEST_ATTEMPT_ID",
    "NEXTEST_BINARY_ID",
    "NEXTEST_EXECUTION_MODE",
    "NEXTEST_PROFILE",      // would choose the profile
    "NEXTEST_TEST_THREADS", // would choose the number of tests at once
    "NEXTEST_RECOMMENDED_VERSION",
    "NEXTEST_REQUIRED_VERSION",
    "NEXTEST_RUN_ID",
    "NEXTEST_RUN_MODE",
    "NEXTEST_STRESS_CURRENT",
    "NEXTEST_STRESS_TOTAL",
    "NEXTEST_TEST_GLOBAL_SLOT",
    "NEXTEST_TEST_GROUP",
    "NEXTEST_TEST_GROUP_SLOT",
    "NEXTEST_TEST_NAME",
    "NEXTEST_TEST_PHASE",
    "NEXTEST_TOTAL_ATTEMPTS",
    "NEXTEST_VERSION",
    "NEXTEST_WORKSPACE_ROOT",
});
constexpr auto set_for_tests_prefixes =
    std::to_array<std::string_view>({"NEXTEST_BIN_EXE_", "NEXTEST_LD_"});

std::string_view name_of(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

} // namespace

Environment Environment::inherited() {
    Environment environment(ktstr::environment());
    environment.leave_outer_nextest();
    return environment;
}

std::optional<std::string> Environment::get(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, name_of);
    return found == entries_.end() ? std::nullopt : std::optional(found->substr(name.size() + 1));
}

void Environment::set(std::string_view name, std::string_view value) {
    unset(name);
    entries_.push_back(std::string(name) + "=" + std::string(value));
}

void Environment::unset(std::string_view name) {
    std::erase_if(entries_, [&](const auto& entry) { return name_of(entry) == name; });
}

void Environment::leave_outer_nextest() {
    if (get("NEXTEST") != "1") {
        return;
    }
    std::erase_if(entries_, [](const auto& entry) {
        const auto name = name_of(entry);
        return std::ranges::find(set_for_tests, name) != set_for_tests.end() ||
               std::ranges::any_of(set_for_tests_prefixes,
                                   [&](auto prefix) { return name.starts_with(prefix); });
    });
}

std::string runner_variable(std::string_view triple) {
    std::string name = "CARGO_TARGET_";
    for (const char c : triple) {
        name += c == '-' || c == '.'
                    ? '_'
                    : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name + "_RUNNER";
}

RunnerSetting runner_setting(const std::filesystem::path& runner,
                             std::span<const std::string> triples) {
    const auto& path = runner.native();
    const bool splits =
        std::ranges::any_of(path, [](unsigned char c) { return std::isspace(c) != 0; });
    RunnerSetting setting;
    for (const auto& triple : triples) {
        if (splits) {
            setting.arguments.push_back("--config");
            // A TOML basic string is written as a JSON string is.
            setting.arguments.push_back("target." + triple + ".runner=[" + print_json(Json(path)) +
                                        "]");
        } else {
            setting.variables.emplace_back(runner_variable(triple), path);
        }
    }
    return setting;
}

} // namespace ktstr::nextest
