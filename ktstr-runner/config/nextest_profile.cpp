#include "ktstr-runner/config/nextest_profile.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/target_platform.hpp"
#include "ktstr-runner/config/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ktstr::config {

namespace {

using std::chrono::milliseconds;
using KeyPath = std::vector<std::string_view>;

constexpr milliseconds builtin_period{60'000};
constexpr milliseconds builtin_grace{10'000};
constexpr milliseconds builtin_leak{200};

struct SlowTimeout {
    std::optional<milliseconds> kill_after;
    milliseconds grace = builtin_grace;
};

struct LeakTimeout {
    milliseconds period = builtin_leak;
    bool fails = false;
};

Result<milliseconds> duration(const TomlNode& node, std::string_view key) {
    if (!node.is(TomlType::string)) {
        return fail(node.type_error(key, "a duration such as \"60s\""));
    }
    const auto value = parse_duration(node.text);
    if (!value) {
        return fail(ErrorKind::usage,
                    fmt::format("{}: `{}`: \"{}\" is not a duration such as \"60s\" or \"1m 30s\"",
                                node.where(),
                                key,
                                node.text));
    }
    return *value;
}

Result<milliseconds> duration_or(const TomlNode* node, std::string_view key, milliseconds absent) {
    if (node == nullptr) {
        return absent;
    }
    return duration(*node, key);
}

milliseconds saturating_product(milliseconds period, std::int64_t times) {
    constexpr auto most = std::numeric_limits<milliseconds::rep>::max();
    return period.count() > most / times ? milliseconds::max() : period * times;
}

Result<SlowTimeout> slow_timeout(const TomlNode& node) {
    SlowTimeout out;
    if (!node.is(TomlType::table)) {
        TRY(duration(node, "slow-timeout")); // slow is a note; only terminate-after kills
        return out;
    }
    TRY_ASSIGN(const auto period, duration_or(node.find("period"), "period", builtin_period));
    TRY_ASSIGN(out.grace, duration_or(node.find("grace-period"), "grace-period", builtin_grace));
    if (const auto* times = node.find("terminate-after")) {
        if (!times->is(TomlType::integer) || times->integer < 1) {
            return fail(
                ErrorKind::usage,
                fmt::format("{}: `terminate-after` must be a positive integer", times->where()));
        }
        out.kill_after = saturating_product(period, times->integer);
    }
    return out;
}

Result<LeakTimeout> leak_timeout(const TomlNode& node) {
    LeakTimeout out;
    if (!node.is(TomlType::table)) {
        TRY_ASSIGN(out.period, duration(node, "leak-timeout"));
        return out;
    }
    TRY_ASSIGN(out.period, duration_or(node.find("period"), "period", builtin_leak));
    if (const auto* result = node.find("result")) {
        if (result->text != "pass" && result->text != "fail") {
            return fail(ErrorKind::usage,
                        fmt::format("{}: `result` must be \"pass\" or \"fail\"", result->where()));
        }
        out.fails = result->text == "fail";
    }
    return out;
}

Result<Match> override_matches(const TomlNode& node, const TestNames& names) {
    auto out = Match::yes;
    if (const auto* filter = node.find("filter")) {
        if (!filter->is(TomlType::string)) {
            return fail(filter->type_error("filter", "a string"));
        }
        TRY_ASSIGN(const auto parsed,
                   Filterset::parse(filter->text),
                   fmt::format("{}: `filter`", filter->where()));
        out = parsed.matches(names);
    }
    if (const auto* platform = node.find("platform")) {
        out = conjunction(out, platform_matches(*platform));
    }
    return out;
}

// Of those that are looked for here.
bool says_a_limit(const TomlNode& node) {
    return std::ranges::any_of(std::array{"slow-timeout", "leak-timeout", "bench"},
                               [&](const char* key) { return node.find(key) != nullptr; });
}

// An override that does, or may, hold for the test.
struct Override {
    const TomlNode* node;
    Match match;
};

Result<> collect_overrides(const std::vector<TomlNode>& files,
                           std::string_view profile,
                           const TestNames& names,
                           std::vector<Override>& out) {
    for (const auto& file : files) {
        const auto* overrides = file.find_path({"profile", profile, "overrides"});
        if (overrides == nullptr) {
            continue;
        }
        if (!overrides->is(TomlType::array)) {
            return fail(overrides->type_error("overrides", "an array of tables"));
        }
        for (const auto& node : overrides->items) {
            if (!says_a_limit(node)) {
                continue; // of order or lanes, say, which may name hundreds of tests
            }
            TRY_ASSIGN(const auto match, override_matches(node, names));
            if (match != Match::no) {
                out.push_back({&node, match});
            }
        }
    }
    return {};
}

// The profile, its `inherits` chain, then default.
Result<std::vector<const TomlNode*>> profile_chain(const TomlNode& config,
                                                   const std::string& profile) {
    std::vector<const TomlNode*> out;
    std::vector<std::string> seen;
    for (std::string name = profile; name != "default";) {
        const auto* node = config.find_path({"profile", name});
        if (node == nullptr) {
            break; // nextest has refused an unknown profile before it started us
        }
        out.push_back(node);
        seen.push_back(name);
        const auto* parent = node->find("inherits");
        if (parent == nullptr) {
            break;
        }
        if (!parent->is(TomlType::string)) {
            return fail(parent->type_error("inherits", "a string"));
        }
        name = parent->text;
        if (std::ranges::find(seen, name) != seen.end()) {
            return fail(ErrorKind::usage,
                        fmt::format("{}: profile `{}` inherits from itself: {} -> {}",
                                    parent->where(),
                                    name,
                                    join(seen, " -> "),
                                    name));
        }
        if (name != "default" && config.find_path({"profile", name}) == nullptr) {
            return fail(ErrorKind::usage,
                        fmt::format("{}: `inherits`: no profile `{}`", parent->where(), name));
        }
    }
    if (const auto* node = config.find_path({"profile", "default"})) {
        out.push_back(node);
    }
    return out;
}

// Every value of a key that may be the one that holds: what undecided overrides say, then the first
// certain value.
std::vector<const TomlNode*> candidates(const std::vector<Override>& overrides,
                                        const std::vector<const TomlNode*>& chain,
                                        const KeyPath& key) {
    std::vector<const TomlNode*> out;
    for (const auto& [node, match] : overrides) {
        if (const auto* value = node->find_path(key)) {
            out.push_back(value);
            if (match == Match::yes) {
                return out;
            }
        }
    }
    for (const auto* profile : chain) {
        if (const auto* value = profile->find_path(key)) {
            out.push_back(value);
            return out;
        }
    }
    out.push_back(nullptr); // built-in
    return out;
}

// One tree, in which the first file that has a key says what it is.
Result<TomlNode> all_files(const std::vector<std::filesystem::path>& files) {
    TomlNode config;
    for (const auto& file : files) {
        TRY_ASSIGN(const auto node, read_toml(file));
        config = merged(node, config);
    }
    return config;
}

} // namespace

Result<std::set<std::string>> nextest_profile_keys(const std::vector<std::filesystem::path>& files,
                                                   const std::string& profile) {
    TRY_ASSIGN(const auto config, all_files(files), "cannot tell what the profile says");
    TRY_ASSIGN(const auto chain, profile_chain(config, profile));
    std::set<std::string> keys;
    for (const auto* const node : chain) {
        for (const auto& field : node->fields) {
            keys.insert(field.first);
        }
    }
    return keys;
}

Result<std::optional<std::string>>
nextest_test_threads(const std::vector<std::filesystem::path>& files, const std::string& profile) {
    constexpr std::string_view key = "test-threads";
    TRY_ASSIGN(const auto config, all_files(files), "cannot tell how many tests run at once");
    TRY_ASSIGN(const auto chain, profile_chain(config, profile));
    for (const auto* node : chain) {
        const auto* const value = node->find(key);
        if (value == nullptr) {
            continue;
        }
        if (value->is(TomlType::integer)) {
            return std::to_string(value->integer);
        }
        return value->is(TomlType::string)
                   ? Result<std::optional<std::string>>(value->text)
                   : fail(value->type_error(key, "a number or \"num-cpus\""));
    }
    return std::nullopt;
}

Result<TestLimits> nextest_limits(const std::vector<std::filesystem::path>& files,
                                  const std::string& profile,
                                  const TestNames& names,
                                  RunMode mode) {
    std::vector<TomlNode> parsed;
    TomlNode config;
    for (const auto& file : files) {
        TRY_ASSIGN(auto node, read_toml(file), "cannot tell nextest's limits");
        config = merged(node, config);
        parsed.push_back(std::move(node));
    }
    std::vector<Override> overrides;
    TRY(collect_overrides(parsed, profile, names, overrides));
    if (profile != "default") {
        TRY(collect_overrides(parsed, "default", names, overrides));
    }
    TRY_ASSIGN(const auto chain, profile_chain(config, profile));

    TestLimits out;
    bool first = true;
    const auto slow_key =
        mode == RunMode::benchmark ? KeyPath{"bench", "slow-timeout"} : KeyPath{"slow-timeout"};
    for (const auto* node : candidates(overrides, chain, slow_key)) {
        TRY_ASSIGN(const auto slow,
                   node == nullptr ? Result<SlowTimeout>(SlowTimeout{}) : slow_timeout(*node));
        out.grace_period = first ? slow.grace : std::min(out.grace_period, slow.grace);
        if (slow.kill_after && (!out.kill_after || *slow.kill_after < *out.kill_after)) {
            out.kill_after = slow.kill_after;
        }
        first = false;
    }
    first = true;
    for (const auto* node : candidates(overrides, chain, {"leak-timeout"})) {
        TRY_ASSIGN(const auto leak,
                   node == nullptr ? Result<LeakTimeout>(LeakTimeout{}) : leak_timeout(*node));
        out.leak_timeout = first ? leak.period : std::min(out.leak_timeout, leak.period);
        out.leak_fails = out.leak_fails || leak.fails;
        first = false;
    }
    return out;
}

} // namespace ktstr::config
