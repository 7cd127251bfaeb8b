#include "cargo-ktstr/commands/replay_run.hpp"

#include "cargo-ktstr/nextest/arguments.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/store/store.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace ktstr::commands {

namespace {

constexpr std::size_t largest_plan = std::size_t{1} << 30;

// nexte.st, "Filterset DSL reference", "Escape sequences".
std::string escaped_for_filter(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\(),/").find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

// Behind the name that the variant has without one.
std::string label_of(const sidecar::Record& record) {
    const auto plain =
        variants::variant_of(record.test, record.own_name, record.preset, record.flag_profile)
            .plain();
    return record.test.size() > plain.size() + 1 && record.test.starts_with(plain)
               ? record.test.substr(plain.size() + 1)
               : "";
}

} // namespace

std::string filter_for(std::string_view binary_id, std::string_view test) {
    return fmt::format(
        "binary_id(={}) & test(={})", escaped_for_filter(binary_id), escaped_for_filter(test));
}

std::vector<std::string> this_test_once(std::string_view binary_id, std::string_view test) {
    return {"--filterset",
            filter_for(binary_id, test),
            "--ignore-default-filter",
            "--run-ignored",
            "all",
            "--retries",
            "0"};
}

Result<planner::PlannedKernel> kernel_of(const sidecar::Record& record) {
    TRY_ASSIGN(auto entry,
               store::resolve(record.kernel_key),
               "the kernel of the attempt, " + record.kernel_key + ", is not to be had");
    return planner::PlannedKernel{.spec = record.kernel_key,
                                  .label = label_of(record),
                                  .entry = std::move(entry),
                                  .tests = 1};
}

void put_attempt(nextest::Environment& environment, const sidecar::Record& record) {
    environment.unset("KTSTR_CHECK"); // once is enough
    environment.set("KTSTR_MACHINE", "det");
    environment.set("KTSTR_SEED", std::to_string(record.seed));
    environment.set("KTSTR_TOPOLOGY", record.topology);
    environment.set("KTSTR_MEMORY", std::to_string(record.memory) + "B");
    if (record.origin.starts_with("boot") && record.origin.find("template") == std::string::npos) {
        environment.set("KTSTR_TEMPLATES", "0");
    }
}

std::vector<std::string> build_options_of(const std::filesystem::path& run) {
    const auto text = read_file(run / "plan.json", largest_plan);
    const auto plan = text ? parse_json(*text) : Result<Json>(tl::unexpected(text.error()));
    if (!plan || !plan->is_object() || !plan->contains("command_line") ||
        !(*plan)["command_line"].is_array()) {
        return {};
    }
    std::vector<std::string> words;
    for (const auto& word : (*plan)["command_line"]) {
        words.push_back(word.is_string() ? word.get<std::string>() : std::string());
    }
    const auto dashes = std::ranges::find(words, "--");
    if (dashes == words.end()) {
        return {};
    }
    return nextest::build_options(std::span(dashes + 1, words.end()));
}

} // namespace ktstr::commands
