#include "ktstr-runner/variants/scheduler_binary.hpp"

#include "ktstr-runner/variants/cargo_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ktstr::variants {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> value_of(std::span<const std::string> environment,
                                    const std::string& name) {
    const auto found = std::ranges::find_if(
        environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
    return found == environment.end() ? std::nullopt
                                      : std::optional(found->substr(name.size() + 1));
}

bool is_program(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

Result<FoundScheduler> named_program(const fs::path& path, const std::string& how) {
    if (!is_program(path)) {
        return fail(
            Error(ErrorKind::usage,
                  how + " says that the scheduler is " + path.string() + ", which is no program")
                .hint("it must be a file that can be executed"));
    }
    std::error_code error;
    auto absolute = fs::absolute(path, error);
    if (error) {
        return fail(ErrorKind::environment, path.string() + ": " + error.message());
    }
    return FoundScheduler{.program = std::move(absolute), .named = true};
}

// nextest writes `-` as `_` in the names of its variables, Cargo does not.
std::array<std::string, 3> variables_of(std::string_view name) {
    std::string flat(name);
    std::ranges::replace(flat, '-', '_');
    return {"NEXTEST_BIN_EXE_" + std::string(name),
            "NEXTEST_BIN_EXE_" + flat,
            "CARGO_BIN_EXE_" + std::string(name)};
}

std::optional<fs::path> beside(const fs::path& test_binary, const std::string& name) {
    auto path = cargo_output_of(test_binary).folder / name;
    return is_program(path) ? std::optional(std::move(path)) : std::nullopt;
}

std::optional<fs::path> in_path(std::string_view path, const std::string& name) {
    while (!path.empty()) {
        const auto folder = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(folder.size() + 1, path.size()));
        if (folder.starts_with('/') && is_program(fs::path(folder) / name)) {
            return fs::path(folder) / name;
        }
    }
    return std::nullopt;
}

} // namespace

Result<std::optional<FoundScheduler>> find_scheduler(const Scheduler& scheduler,
                                                     const Surroundings& surroundings) {
    if (scheduler.source == SchedulerSource::path) {
        const auto path = fs::path(scheduler.manifest_dir) / scheduler.binary; // `/x` stays `/x`
        return named_program(path, "its declaration");
    }
    const auto& name = scheduler.binary;
    if (name.empty() || name.find('/') != std::string::npos) {
        return fail(ErrorKind::usage, "`" + name + "` is not the name of a program");
    }
    const auto& environment = surroundings.environment;
    if (const auto given = value_of(environment, "KTSTR_SCHEDULER")) {
        if (given->empty()) {
            return fail(Error(ErrorKind::usage, "KTSTR_SCHEDULER is set but empty")
                            .hint("unset it to have the scheduler looked for"));
        }
        return named_program(*given, "KTSTR_SCHEDULER");
    }
    for (const auto& variable : variables_of(name)) {
        if (const auto given = value_of(environment, variable)) {
            return named_program(*given, variable);
        }
    }
    if (auto path = beside(surroundings.test_binary, name)) {
        return FoundScheduler{.program = std::move(*path)};
    }
    if (auto path = in_path(value_of(environment, "PATH").value_or(""), name)) {
        return FoundScheduler{.program = std::move(*path)};
    }
    return std::nullopt;
}

} // namespace ktstr::variants
