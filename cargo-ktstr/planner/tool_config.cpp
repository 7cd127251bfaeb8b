#include "cargo-ktstr/planner/tool_config.hpp"

#include "ktstr-runner/base/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace ktstr::planner {

namespace {

// What a rule says, as TOML, and whom it is for. The most important rule first.
using Rules = std::map<int, std::vector<const Need*>, std::greater<>>;

// A name as nextest's filtersets have it after `=` (nexte.st, "Filterset DSL", escape sequences).
std::string exactly(std::string_view name) {
    std::string out = "=";
    for (const char c : name) {
        if (c == '\\' || c == ')' || c == ',' || c == '/') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

// Of a basic string (TOML 1.0, "String"), whose escapes JSON's are.
std::string quoted(std::string_view text) {
    return Json(text).dump();
}

class Writer {
public:
    explicit Writer(const ToolConfig& config) : config_(config) {}

    void add(std::string_view key, const Rules& rules, const std::function<std::string(int)>& say) {
        if (config_.users.contains(std::string(key))) {
            return;
        }
        std::size_t names = 0;
        for (const auto& [value, needs] : rules) {
            const auto room = std::min(needs.size(), most_names - names);
            names += room;
            if (room > 0) {
                add_rule(filter(std::span(needs).first(room)), key, say(value));
            }
        }
    }

    // Of all tests that a filter of nextest's names.
    void add_one(std::string_view key, std::string_view filter, const std::string& value) {
        if (!config_.users.contains(std::string(key))) {
            add_rule(filter, key, value);
        }
    }

    // Both keys stand in one rule, so that no test has one of them alone.
    void add_group(std::string_view name,
                   unsigned at_once,
                   unsigned lanes,
                   std::span<const Need* const> needs) {
        text_ +=
            fmt::format("\n[test-groups.{}]\nmax-threads = {}\n", quoted(name), at_once * lanes);
        add_rule(filter(needs),
                 "threads-required",
                 fmt::format("{}\ntest-group = {}", lanes, quoted(name)));
    }

    std::string text() && { return std::move(text_); }

private:
    void add_rule(std::string_view filter, std::string_view key, std::string_view value) {
        text_ += fmt::format(
            "\n[[profile.default.overrides]]\nfilter = {}\n{} = {}\n", quoted(filter), key, value);
    }

    // In the order of the list, so that a binary's tests stand together.
    std::string filter(std::span<const Need* const> needs) const {
        std::string out;
        std::size_t suite = config_.times.list.suites.size();
        for (const auto* const need : needs) {
            const auto& variant = config_.variants.all[need->variant];
            const auto now = config_.variants.test_of(variant).suite;
            if (now != suite) {
                suite = now;
                out += fmt::format("{}binary_id({}) & (",
                                   out.empty() ? "" : ") | ",
                                   exactly(config_.times.list.suites[suite].binary_id));
            } else {
                out += " | ";
            }
            out += fmt::format("test({})",
                               exactly(config_.variants.name_of(variant, config_.times.kernels)));
        }
        return out + ')';
    }

    const ToolConfig& config_;
    std::string text_;
};

Rules rules_of(std::span<const Need> needs, const std::function<int(const Need&)>& value) {
    Rules rules;
    for (const auto& need : needs) {
        if (const auto of = value(need); of != 0) {
            rules[of].push_back(&need);
        }
    }
    return rules;
}

// Whether its preset alone says how many lanes it takes.
bool of_preset(const ToolConfig& config, const Need& need) {
    const auto& variant = config.variants.all[need.variant];
    return variant.preset != Variant::none && !config.variants.test_of(variant).performance;
}

// Those of more than one lane.
std::map<unsigned, std::set<std::string_view>> lanes_of_presets(const ToolConfig& config) {
    std::map<unsigned, std::set<std::string_view>> lanes;
    for (const auto& need : config.needs) {
        const auto& variant = config.variants.all[need.variant];
        if (of_preset(config, need) && need.threads > 1) {
            const auto& gauntlet = *config.variants.test_of(variant).gauntlet;
            lanes[need.threads].insert(gauntlet.presets[variant.preset].preset->name);
        }
    }
    return lanes;
}

bool is_performance(const ToolConfig& config, const Need& need) {
    return config.variants.test_of(config.variants.all[need.variant]).performance;
}

using Groups = std::map<unsigned, std::vector<const Need*>>; // by lanes

// One for each number of lanes: in a group whose tests differ in that, nextest (0.9.143, by its
// future-queue 0.4.0) forgets one that waits when others take the lanes that it would need, and it
// never runs.
Groups performance_groups(const ToolConfig& config) {
    Groups groups;
    if (config.users.contains("threads-required")) {
        return groups; // their lanes are not what we think
    }
    for (const auto& need : config.needs) {
        if (is_performance(config, need) && config.performance_at_once.contains(need.threads)) {
            groups[need.threads].push_back(&need);
        }
    }
    std::erase_if(groups, [](const auto& group) { return group.second.size() > most_names; });
    return groups;
}

} // namespace

std::string tool_config() {
    return fmt::format(
        "# Made by cargo ktstr for one run. Nothing here outranks .config/nextest.toml.\n"
        "nextest-version = {{ required = \"{}\", recommended = \"{}\" }}\n",
        required_nextest,
        recommended_nextest);
}

std::string tool_config(const ToolConfig& config) {
    Writer writer(config);
    const auto number = [](int value) { return std::to_string(value); };
    const auto groups = performance_groups(config);
    for (const auto& [lanes, needs] : groups) {
        // A tool's groups have names of its own (nexte.st, "Tool configuration").
        writer.add_group(fmt::format("@tool:ktstr:performance-{}", lanes),
                         config.performance_at_once.at(lanes),
                         lanes,
                         needs);
    }
    writer.add("threads-required",
               rules_of(config.needs,
                        [&](const Need& need) {
                            const bool of_a_group =
                                is_performance(config, need) && groups.contains(need.threads);
                            return of_preset(config, need) || of_a_group || need.threads == 1
                                       ? 0
                                       : static_cast<int>(need.threads);
                        }),
               number);
    for (const auto& [lanes, presets] : lanes_of_presets(config)) {
        writer.add_one(
            "threads-required",
            fmt::format("test(/^gauntlet\\/[^\\/]+\\/({})\\//)", fmt::join(presets, "|")),
            std::to_string(lanes));
    }
    writer.add("slow-timeout",
               rules_of(config.needs,
                        [](const Need& need) {
                            return need.limit ? static_cast<int>(need.limit->count()) : 0;
                        }),
               [](int limit) { // nextest says that it is slow two times before
                   return fmt::format("{{ period = \"{}s\", terminate-after = 3 }}", limit / 3);
               });
    for (const bool chosen : {true, false}) {
        const auto priorities = rules_of(config.needs, [&](const Need& need) {
            return chosen ? std::max(need.priority, 0) : std::min(need.priority, 0);
        });
        writer.add("priority", priorities, number);
    }
    return tool_config() + std::move(writer).text();
}

} // namespace ktstr::planner
