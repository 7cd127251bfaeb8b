#include "ktstr-runner/protocol/program.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/guest_environment.hpp"
#include "ktstr-runner/config/nextest_files.hpp"
#include "ktstr-runner/config/nextest_profile.hpp"

#include <algorithm>

namespace ktstr::protocol {

namespace {

namespace fs = std::filesystem;

fs::path workspace_root() {
    return env("NEXTEST_WORKSPACE_ROOT").value_or(fs::current_path().string());
}

std::string nextest_profile() {
    return env("NEXTEST_PROFILE").value_or("default");
}

// Binaries of the package that its integration tests may start (CARGO_BIN_EXE_<name>).
std::vector<fs::path> package_binaries(const std::vector<std::string>& environment) {
    std::vector<fs::path> out;
    for (const auto& entry : environment) {
        const auto equals = entry.find('=');
        if (entry.starts_with("CARGO_BIN_EXE_") || entry.starts_with("NEXTEST_BIN_EXE_")) {
            const fs::path path = entry.substr(equals + 1);
            std::error_code ignored;
            if (fs::exists(path, ignored) && std::ranges::find(out, path) == out.end()) {
                out.push_back(path);
            }
        }
    }
    return out;
}

// std::backtrace's own rule: RUST_LIB_BACKTRACE over RUST_BACKTRACE, and "0" is no. Either may be
// looked at.
bool asks_for_backtraces(const std::vector<std::string>& environment) {
    return std::ranges::any_of(environment, [](std::string_view entry) {
        const auto equals = entry.find('=');
        const auto name = entry.substr(0, equals);
        return (name == "RUST_BACKTRACE" || name == "RUST_LIB_BACKTRACE") &&
               entry.substr(name.size()) != "=0";
    });
}

} // namespace

session::Program program_of(const TestRun& run) {
    session::Program program;
    program.argv = run.argv;
    program.cwd = fs::current_path();
    program.environment = config::guest_environment(environment(), program.cwd.string());
    program.library_path = env("LD_LIBRARY_PATH").value_or("");
    program.package = env("CARGO_MANIFEST_DIR").value_or("");
    program.helpers = package_binaries(environment());
    program.debug_information =
        run.settings.debug_information || asks_for_backtraces(program.environment);
    program.settings = run.settings;
    program.name = run.names.test;
    return program;
}

Result<session::Limits> limits_of(const TestRun& run) {
    TRY_ASSIGN(const auto files, config::nextest_config_files(environment(), workspace_root()));
    TRY_ASSIGN(const auto nextest, config::nextest_limits(files, nextest_profile(), run.names));
    session::Limits limits;
    if (nextest.kill_after) {
        limits = session::limits_before(run.start, *nextest.kill_after);
    }
    limits.leak_timeout = nextest.leak_timeout;
    limits.leak_fails = nextest.leak_fails;
    return limits;
}

Result<config::TestSettings> settings_of(const config::TestNames& names) {
    TRY_ASSIGN(
        auto settings,
        config::settings_for(workspace_root() / ".config/ktstr.toml", nextest_profile(), names));
    TRY(config::apply_environment(environment(), settings));
    return settings;
}

Result<bool> binary_host_only(const config::TestNames& names) {
    return config::binary_is_host_only(
        workspace_root() / ".config/ktstr.toml", nextest_profile(), names);
}

} // namespace ktstr::protocol
