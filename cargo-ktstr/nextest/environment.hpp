// The environment that nextest is started with, and the variable by which it finds its target
// runner.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::nextest {

class Environment final {
public:
    explicit Environment(std::vector<std::string> entries) : entries_(std::move(entries)) {}

    // That of this process, less what a nextest around us set for its own tests: a nested nextest
    // would read NEXTEST_PROFILE and NEXTEST_TEST_THREADS as options.
    static Environment inherited();

    std::optional<std::string> get(std::string_view name) const;
    void set(std::string_view name, std::string_view value);
    void unset(std::string_view name);
    void leave_outer_nextest();

    const std::vector<std::string>& entries() const { return entries_; }

private:
    std::vector<std::string> entries_;
};

// CARGO_TARGET_<TRIPLE>_RUNNER
std::string runner_variable(std::string_view triple);

// How nextest is told of the runner: variables, and arguments for what a variable cannot say.
struct RunnerSetting {
    std::vector<std::pair<std::string, std::string>> variables;
    std::vector<std::string> arguments;
};

// nextest splits the variable's value on white space without quoting, so a path with a blank in it
// goes in the list form of `--config target.<triple>.runner`, which outranks an inherited variable.
RunnerSetting runner_setting(const std::filesystem::path& runner,
                             std::span<const std::string> triples);

} // namespace ktstr::nextest
