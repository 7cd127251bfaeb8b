#include "cargo-ktstr/stats/target_directory.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <array>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;

// Cargo's own order of precedence; its configuration files are behind `cargo metadata`.
constexpr std::array variables{"CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"};

Result<std::string> run_metadata() {
    auto cargo = env("CARGO").value_or("cargo");
    TRY_ASSIGN(const auto ran,
               run_captured({
                   .argv = {std::move(cargo), "metadata", "--no-deps", "--format-version", "1"}
    }));
    if (!ran.status.success()) {
        return fail(ErrorKind::environment,
                    "`cargo metadata` says: " + std::string(trim(to_utf8(ran.err))));
    }
    return ran.out;
}

} // namespace

Result<fs::path>
target_directory(const std::function<std::optional<std::string>(const char*)>& variable,
                 const std::function<Result<std::string>()>& metadata,
                 const fs::path& cwd) {
    for (const auto* name : variables) {
        if (const auto value = variable(name); value && !value->empty()) {
            return cwd / *value;
        }
    }
    const auto text = metadata();
    if (!text) {
        return fail(Error(text.error())
                        .context("cannot find the target directory")
                        .hint("go into the workspace, set CARGO_TARGET_DIR, or name a run's "
                              "directory with --dir"));
    }
    const auto json = parse_json(*text);
    if (!json || !json->is_object() || !json->contains("target_directory") ||
        !(*json)["target_directory"].is_string()) {
        return fail(ErrorKind::environment, "`cargo metadata` names no target directory");
    }
    return fs::path((*json)["target_directory"].get<std::string>());
}

Result<fs::path> target_directory() {
    return target_directory(env, run_metadata, fs::current_path());
}

} // namespace ktstr::stats
