#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/nextest_profile.hpp"
#include "ktstr-runner/config/toml_file.hpp"

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class ToolConfigTest : public testing::Test {
protected:
    void add(const std::string& name, Need need, const std::string& binary_id = "c::it") {
        if (list_.suites.empty() || list_.suites.back().binary_id != binary_id) {
            list_.suites.push_back({.binary_id = binary_id});
        }
        variants_.tests.push_back({.suite = list_.suites.size() - 1, .name = name});
        const auto number = static_cast<std::uint32_t>(variants_.tests.size() - 1);
        variants_.all.push_back({.test = number});
        need.variant = number;
        needs_.push_back(need);
    }

    std::string text(std::map<unsigned, unsigned> at_once = {}) const {
        return tool_config({.times = times_,
                            .variants = variants_,
                            .needs = needs_,
                            .users = users_,
                            .performance_at_once = std::move(at_once)});
    }

    nextest::TestList list_;
    std::vector<PlannedKernel> kernels_;
    History history_;
    Variants variants_;
    Times times_{.list = list_, .kernels = kernels_, .history = history_};
    std::vector<Need> needs_;
    std::set<std::string> users_;
};

TEST_F(ToolConfigTest, SaysNothingOfTestsThatAreLikeNextestHasThem) {
    add("a", {});
    EXPECT_EQ(text(), tool_config());
    EXPECT_EQ(text().find("profile"), std::string::npos);
    EXPECT_THAT(text(), HasSubstr("required = \"0.9.116\""));
}

TEST_F(ToolConfigTest, NamesTheTestsOfARule) {
    add("a", {.threads = 2});
    add("b", {.threads = 2});
    add("c", {.threads = 2}, "d::it");
    EXPECT_EQ(text(),
              tool_config() + "\n[[profile.default.overrides]]\n"
                              "filter = \"binary_id(=c::it) & (test(=a) | test(=b)) | "
                              "binary_id(=d::it) & (test(=c))\"\n"
                              "threads-required = 2\n");
}

TEST_F(ToolConfigTest, LeavesOutWhatTheUsersProfileSays) {
    add("a", {.threads = 2, .limit = 120s, .priority = 10});
    users_ = {"slow-timeout", "threads-required"};
    EXPECT_THAT(text(), Not(HasSubstr("slow-timeout")));
    EXPECT_THAT(text(), Not(HasSubstr("threads-required")));
    EXPECT_THAT(text(), HasSubstr("priority = 10"));
}

TEST_F(ToolConfigTest, NamesAReserveBesideAllOthers) {
    for (std::size_t i = 0; i < most_names + 1; ++i) {
        add("a" + std::to_string(i), {.priority = 50});
    }
    add("last", {.priority = -100});
    add("first", {.priority = -5});
    const auto told = text();
    EXPECT_THAT(told, HasSubstr("test(=first))\"\npriority = -5\n"));
    EXPECT_THAT(told, HasSubstr("test(=last))\"\npriority = -100\n"));
    users_ = {"priority"};
    EXPECT_EQ(text(), tool_config());
}

TEST_F(ToolConfigTest, WhatNeedsCpusForItselfIsAGroupByItsLanes) {
    add("a", {.threads = 3});
    for (const auto& [name, lanes] : {
             std::pair("b", 3U), {"c", 5U}
    }) {
        add(name, {.threads = lanes});
        variants_.tests.back().performance = true;
    }
    const auto told = text({
        {3, 2},
        {5, 1}
    });
    EXPECT_THAT(told,
                HasSubstr("\n[test-groups.\"@tool:ktstr:performance-3\"]\nmax-threads = 6\n"
                          "\n[[profile.default.overrides]]\n"
                          "filter = \"binary_id(=c::it) & (test(=b))\"\n"
                          "threads-required = 3\n"
                          "test-group = \"@tool:ktstr:performance-3\"\n"));
    EXPECT_THAT(told, HasSubstr("[test-groups.\"@tool:ktstr:performance-5\"]\nmax-threads = 5\n"));
    EXPECT_THAT(told.substr(told.rfind("[[profile")), HasSubstr("test(=a)"))
        << "the others have theirs in their groups";
    EXPECT_THAT(told.substr(told.rfind("[[profile")), Not(HasSubstr("test(=b)")));
    EXPECT_THAT(text(), Not(HasSubstr("test-group")));
    users_ = {"threads-required"};
    EXPECT_THAT(text({
                    {3, 2}
    }),
                Not(HasSubstr("test-group")));
}

// The runner reads the file as nextest does: what it reports before is what nextest kills by.
TEST_F(ToolConfigTest, IsReadByTheRunner) {
    const std::string strange = R"(gauntlet/a, b(c)\d"e'/x/y)";
    add(strange, {.limit = 480s});
    add("plain", {});
    auto folder = TempDir::create("tool-config");
    ASSERT_THAT(folder, IsOk());
    const auto file = folder->path() / "nextest.toml";
    ASSERT_THAT(write_file_atomically(file, text()), IsOk());
    const auto limit_of = [&](const std::string& test) {
        const auto limits = config::nextest_limits(
            {file}, "ci", {.test = test, .package = "c", .binary = "it", .binary_id = "c::it"});
        EXPECT_THAT(limits, IsOk());
        return limits ? limits->kill_after : std::nullopt;
    };
    EXPECT_EQ(limit_of(strange), 480s);
    EXPECT_EQ(limit_of("plain"), std::nullopt);
}

TEST_F(ToolConfigTest, OfManyTestsNamesTheMostImportant) {
    for (int i = 0; i < 2000; ++i) {
        add("t" + std::to_string(i), {.threads = i == 1999 ? 8U : 2U, .priority = i / 20});
    }
    const auto parsed = config::parse_toml(text(), "nextest.toml");
    ASSERT_THAT(parsed, IsOk());
    EXPECT_THAT(text(), HasSubstr("(test(=t1999))\"\nthreads-required = 8\n"));
    EXPECT_THAT(text(), HasSubstr("test(=t1980)"));
    EXPECT_THAT(text(), Not(HasSubstr("priority = 10\n"))); // of the 500 first are more important
    EXPECT_LT(text().size(), 50'000U);
}

TEST_F(ToolConfigTest, GivesTheGauntletTheLanesOfItsPresets) {
    add("a", {.threads = 4});
    add("b", {.threads = 2});
    for (std::size_t i = 0; i < 2; ++i) {
        auto& gauntlet = variants_.tests[i].gauntlet.emplace();
        gauntlet.profiles = {0};
        for (const auto& preset : variants::presets()) {
            gauntlet.presets.push_back({.preset = &preset});
        }
        variants_.all[i].preset = static_cast<std::uint16_t>(4 - i);
        variants_.all[i].profile = 0;
    }
    const std::string small{variants::presets()[3].name};
    const std::string large{variants::presets()[4].name};
    EXPECT_EQ(text(),
              tool_config() +
                  "\n[[profile.default.overrides]]\n"
                  "filter = \"test(/^gauntlet\\\\/[^\\\\/]+\\\\/(" +
                  small +
                  ")\\\\//)\"\n"
                  "threads-required = 2\n"
                  "\n[[profile.default.overrides]]\n"
                  "filter = \"test(/^gauntlet\\\\/[^\\\\/]+\\\\/(" +
                  large +
                  ")\\\\//)\"\n"
                  "threads-required = 4\n");
}

} // namespace
} // namespace ktstr::planner
