#include "cargo-ktstr/nextest/options.hpp"

#include <algorithm>
#include <array>

namespace ktstr::nextest {

namespace {

constexpr char none = '\0';

// `--message-format` is run_only since a listing has other values for it, `--show-progress` since
// older listings lack it. Where an archive is unpacked for a listing is our affair. In the order of
// nextest's help; aliases follow their option. An empty name: the option has only a letter.
// clang-format off
constexpr auto table = std::to_array<Option>({
    {"color", none, Value::required, Scope::list_and_run},
    {"no-pager", none, Value::none, Scope::list_and_run},
    {"verbose", 'v', Value::none, Scope::list_and_run},
    {"help", 'h', Value::none, Scope::list_and_run},
    {"package", 'p', Value::required, Scope::list_and_run},
    {"workspace", none, Value::none, Scope::list_and_run},
    {"exclude", none, Value::required, Scope::list_and_run},
    {"all", none, Value::none, Scope::list_and_run},
    {"lib", none, Value::none, Scope::list_and_run},
    {"bin", none, Value::required, Scope::list_and_run},
    {"bins", none, Value::none, Scope::list_and_run},
    {"example", none, Value::required, Scope::list_and_run},
    {"examples", none, Value::none, Scope::list_and_run},
    {"test", none, Value::required, Scope::list_and_run},
    {"tests", none, Value::none, Scope::list_and_run},
    {"bench", none, Value::required, Scope::list_and_run},
    {"benches", none, Value::none, Scope::list_and_run},
    {"all-targets", none, Value::none, Scope::list_and_run},
    {"features", 'F', Value::required, Scope::list_and_run},
    {"all-features", none, Value::none, Scope::list_and_run},
    {"no-default-features", none, Value::none, Scope::list_and_run},
    {"build-jobs", none, Value::required, Scope::list_and_run},
    {"release", 'r', Value::none, Scope::list_and_run},
    {"cargo-profile", none, Value::required, Scope::list_and_run},
    {"target", none, Value::required, Scope::list_and_run},
    {"target-dir", none, Value::required, Scope::list_and_run},
    {"unit-graph", none, Value::none, Scope::list_and_run},
    {"timings", none, Value::attached, Scope::list_and_run},
    {"manifest-path", none, Value::required, Scope::list_and_run},
    {"frozen", none, Value::none, Scope::list_and_run},
    {"locked", none, Value::none, Scope::list_and_run},
    {"offline", none, Value::none, Scope::list_and_run},
    {"cargo-message-format", none, Value::required, Scope::list_and_run},
    {"cargo-quiet", none, Value::none, Scope::list_and_run},
    {"cargo-verbose", none, Value::none, Scope::list_and_run},
    {"ignore-rust-version", none, Value::none, Scope::list_and_run},
    {"future-incompat-report", none, Value::none, Scope::list_and_run},
    {"config", none, Value::required, Scope::list_and_run},
    {"", 'Z', Value::required, Scope::list_and_run},
    {"rerun", 'R', Value::required, Scope::run_only},
    {"run-ignored", none, Value::required, Scope::list_and_run},
    {"partition", none, Value::required, Scope::list_and_run},
    {"platform-filter", none, Value::required, Scope::list_and_run},
    {"filterset", 'E', Value::required, Scope::list_and_run},
    {"ignore-default-filter", none, Value::none, Scope::list_and_run},
    {"no-run", none, Value::none, Scope::run_only},
    {"test-threads", 'j', Value::required, Scope::run_only},
    {"jobs", none, Value::required, Scope::run_only},
    {"retries", none, Value::required, Scope::run_only},
    {"flaky-result", none, Value::required, Scope::run_only},
    {"fail-fast", none, Value::none, Scope::run_only},
    {"ff", none, Value::none, Scope::run_only},
    {"no-fail-fast", none, Value::none, Scope::run_only},
    {"nff", none, Value::none, Scope::run_only},
    {"max-fail", none, Value::required, Scope::run_only},
    {"debugger", none, Value::required, Scope::run_only},
    {"tracer", none, Value::required, Scope::run_only},
    {"no-tests", none, Value::required, Scope::run_only},
    {"no-capture", none, Value::none, Scope::run_only},
    {"nocapture", none, Value::none, Scope::run_only},
    {"stress-count", none, Value::required, Scope::run_only},
    {"stress-duration", none, Value::required, Scope::run_only},
    {"failure-output", none, Value::required, Scope::run_only},
    {"success-output", none, Value::required, Scope::run_only},
    {"status-level", none, Value::required, Scope::run_only},
    {"final-status-level", none, Value::required, Scope::run_only},
    {"no-output-indent", none, Value::none, Scope::run_only},
    {"show-progress", none, Value::required, Scope::run_only},
    {"hide-progress-bar", none, Value::none, Scope::run_only},
    {"no-input-handler", none, Value::none, Scope::run_only},
    {"max-progress-running", none, Value::required, Scope::run_only},
    {"message-format", none, Value::required, Scope::run_only},
    {"message-format-version", none, Value::required, Scope::run_only},
    {"archive-file", none, Value::required, Scope::list_and_run},
    {"archive-format", none, Value::required, Scope::list_and_run},
    {"extract-to", none, Value::required, Scope::run_only},
    {"extract-overwrite", none, Value::none, Scope::run_only},
    {"persist-extract-tempdir", none, Value::none, Scope::run_only},
    {"cargo-metadata", none, Value::required, Scope::list_and_run},
    {"workspace-remap", none, Value::required, Scope::list_and_run},
    {"binaries-metadata", none, Value::required, Scope::list_and_run},
    {"target-dir-remap", none, Value::required, Scope::list_and_run},
    {"build-dir-remap", none, Value::required, Scope::list_and_run},
    {"config-file", none, Value::required, Scope::list_and_run},
    {"user-config-file", none, Value::required, Scope::list_and_run},
    {"tool-config-file", none, Value::required, Scope::list_and_run},
    {"override-version-check", none, Value::none, Scope::list_and_run},
    {"profile", 'P', Value::required, Scope::list_and_run},
});
// clang-format on

} // namespace

std::span<const Option> options() {
    return table;
}

const Option* find_option(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Option::name);
    return name.empty() || found == table.end() ? nullptr : &*found;
}

const Option* find_option(char letter) {
    const auto found = std::ranges::find(table, letter, &Option::letter);
    return letter == none || found == table.end() ? nullptr : &*found;
}

} // namespace ktstr::nextest
