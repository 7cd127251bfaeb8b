#include "cargo-ktstr/commands/nextest_config.hpp"

#include "cargo-ktstr/nextest/arguments.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/nextest/config_files.hpp"
#include "ktstr-runner/config/nextest_files.hpp"

namespace ktstr::commands {

namespace fs = std::filesystem;

fs::path workspace_of(std::span<const std::string> nextest_arguments) {
    if (const auto remapped = nextest::value_of(nextest_arguments, "workspace-remap")) {
        return *remapped;
    }
    const auto root = nextest::workspace_root(nextest_arguments);
    return root ? *root : fs::current_path();
}

Result<> put_nextest_config(nextest::Environment& environment,
                            std::span<const std::string> command) {
    // The workspace of an archive that is not remapped is where it was made: the runners hear that
    // from nextest, and we do not.
    if (nextest::has_option(command, "archive-file") &&
        !nextest::has_option(command, "workspace-remap") &&
        !nextest::has_option(command, "config-file")) {
        environment.unset(config::nextest_config_variable);
        return {};
    }
    TRY_ASSIGN(const auto value,
               config::nextest_config_value(nextest::config_files(command, workspace_of(command))));
    environment.set(config::nextest_config_variable, value);
    return {};
}

} // namespace ktstr::commands
