// The reference pages say exactly what the tables of the code say. A failure prints the rows that
// belong there.
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/config_keys.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/guest_environment.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace ktstr::config {
namespace {

// The rows of the table under a heading, header and rule left out.
std::vector<std::string> rows_under(const std::string& page, const std::string& heading) {
    std::ifstream in(std::string(KTSTR_SOURCE_DIR) + "/docs/reference/" + page);
    EXPECT_TRUE(in) << page;
    std::vector<std::string> out;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("## ")) {
            inside = line == "## " + heading;
        } else if (inside && line.starts_with("| `")) {
            out.push_back(line);
        }
    }
    return out;
}

std::vector<std::string> rows_for(Place place) {
    std::vector<std::string> out;
    for (const auto& key : config_keys()) {
        if (key.allowed_in(place)) {
            out.push_back(fmt::format(
                "| `{}` | {} | {} | {} |", key.name, key.type, key.by_default, key.meaning));
        }
    }
    return out;
}

TEST(Reference, KtstrTomlListsEveryKeyWhereItMayStand) {
    EXPECT_THAT(rows_under("ktstr-toml.md", "[profile.NAME]"),
                testing::ContainerEq(rows_for(Place::profile)));
    EXPECT_THAT(rows_under("ktstr-toml.md", "[profile.NAME.package-files]"),
                testing::ContainerEq(rows_for(Place::package_files)));
    EXPECT_THAT(rows_under("ktstr-toml.md", "[[profile.NAME.overrides]]"),
                testing::ContainerEq(rows_for(Place::override_)));
}

TEST(Reference, EnvironmentListsEveryVariable) {
    std::vector<std::string> expected;
    for (const auto& key : env_keys()) {
        expected.push_back(fmt::format("| `{}` | {} | {} |", key.name, key.value, key.meaning));
    }
    EXPECT_THAT(rows_under("environment.md", "Variables that the tool reads"),
                testing::ContainerEq(expected));
}

TEST(Reference, EnvironmentListsEveryRuleForTheMachine) {
    std::vector<std::string> expected;
    for (const auto& rule : guest_env_rules()) {
        expected.push_back(
            fmt::format("| `{}` | {} | {} |",
                        rule.pattern,
                        rule.value.empty() ? "left out" : fmt::format("`{}`", rule.value),
                        rule.reason));
    }
    EXPECT_THAT(rows_under("environment.md", "What a test sees in the machine"),
                testing::ContainerEq(expected));
}

} // namespace
} // namespace ktstr::config
