#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/nextest_profile.hpp"
#include "ktstr-runner/config/target_platform.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

namespace ktstr::config {
namespace {

using namespace std::chrono_literals;

class NextestLimits : public testing::Test {
protected:
    // Writes the files, first the repository's, and asks for the limits of one test.
    Result<TestLimits> limits(const std::vector<std::string>& contents,
                              const std::string& profile = "default",
                              RunMode mode = RunMode::test) {
        std::vector<std::filesystem::path> files;
        for (const auto& text : contents) {
            files.push_back(folder_->path() / fmt::format("{}.toml", files.size()));
            std::ofstream(files.back()) << text;
        }
        return nextest_limits(files,
                              profile,
                              {.test = "slow::one", .package = "p", .binary = "p", .kind = "lib"},
                              mode);
    }

    Result<TempDir> folder_ = TempDir::create("nextest");
};

TEST(NextestProfileKeys, AreItsOwnAndThoseThatItInherits) {
    auto folder = TempDir::create("nextest");
    ASSERT_THAT(folder, IsOk());
    const auto file = folder->path() / "nextest.toml";
    std::ofstream(file) << "[profile.default]\nretries = 1\n"
                           "[profile.base]\nslow-timeout = \"9s\"\n"
                           "[profile.ci]\ninherits = \"base\"\nfail-fast = false\n"
                           "[profile.other]\nthreads-required = 2\n";
    const auto keys = nextest_profile_keys({folder->path() / "none.toml", file}, "ci");
    ASSERT_THAT(keys, IsOk());
    EXPECT_EQ(*keys, (std::set<std::string>{"fail-fast", "inherits", "retries", "slow-timeout"}));
}

TEST(NextestTestThreads, AreTheProfilesOrWhatItInherits) {
    const auto folder = TempDir::create("nextest");
    ASSERT_THAT(folder, IsOk());
    const auto file = folder->path() / "nextest.toml";
    const auto threads = [&](const std::string& text, const std::string& profile) {
        std::ofstream(file) << text;
        return nextest_test_threads({folder->path() / "none.toml", file}, profile);
    };
    const auto of = [&](const std::string& text, const std::string& profile) {
        const auto found = threads(text, profile);
        EXPECT_THAT(found, IsOk());
        return found ? *found : std::nullopt;
    };
    EXPECT_EQ(of("", "default"), std::nullopt);
    EXPECT_EQ(of("[profile.default]\ntest-threads = 3\n[profile.ci]\n", "ci"), "3");
    EXPECT_EQ(of("[profile.default]\ntest-threads = 3\n[profile.ci]\ntest-threads = -1\n", "ci"),
              "-1");
    EXPECT_EQ(of("[profile.default]\ntest-threads = \"num-cpus\"\n", "default"), "num-cpus");
    EXPECT_THAT(threads("[profile.default]\ntest-threads = true\n", "default"),
                IsErrorWith("num-cpus"));
}

TEST_F(NextestLimits, NothingConfiguredIsTheBuiltIn) {
    const auto missing = nextest_limits({folder_->path() / "none.toml"}, "default", {});
    ASSERT_THAT(missing, IsOk());
    EXPECT_EQ(missing->kill_after, std::nullopt);
    EXPECT_EQ(missing->grace_period, 10s);
    EXPECT_EQ(missing->leak_timeout, 200ms);
    EXPECT_FALSE(missing->leak_fails);
}

TEST_F(NextestLimits, StringAndTableForms) {
    EXPECT_EQ(limits({"[profile.default]\nslow-timeout = '30s'"})->kill_after, std::nullopt);
    const auto table =
        limits({"[profile.default]\n"
                "slow-timeout = {period = '30s', terminate-after = 2, grace-period = '3s'}\n"
                "leak-timeout = {period = '500ms', result = 'fail'}"});
    ASSERT_THAT(table, IsOk());
    EXPECT_EQ(table->kill_after, 60s);
    EXPECT_EQ(table->grace_period, 3s);
    EXPECT_EQ(table->leak_timeout, 500ms);
    EXPECT_TRUE(table->leak_fails);
    EXPECT_EQ(limits({"[profile.default]\nleak-timeout = '1s'"})->leak_timeout, 1s);
    EXPECT_EQ(limits({"[profile.default]\nslow-timeout = {terminate-after = 2}"})->kill_after,
              120s);
}

TEST_F(NextestLimits, TheProductSaturates) {
    EXPECT_EQ(limits({"[profile.default]\n"
                      "slow-timeout = {period = '30y', terminate-after = 9223372036854775807}"})
                  ->kill_after,
              std::chrono::milliseconds::max());
}

TEST_F(NextestLimits, ProfileThenInheritsThenDefault) {
    const std::string text =
        "[profile.default]\nslow-timeout = {period='1s', terminate-after=1}\nleak-timeout='1s'\n"
        "[profile.base]\nslow-timeout = {period='2s', terminate-after=1}\nleak-timeout='2s'\n"
        "[profile.ci]\ninherits='base'\nslow-timeout = {period='3s', terminate-after=1}\n"
        "[profile.bare]\n";
    EXPECT_EQ(limits({text}, "ci")->kill_after, 3s);
    EXPECT_EQ(limits({text}, "ci")->leak_timeout, 2s);
    EXPECT_EQ(limits({text}, "bare")->kill_after, 1s);
    EXPECT_EQ(limits({text}, "unknown")->kill_after, 1s);
}

TEST_F(NextestLimits, InheritsMustEndSomewhere) {
    EXPECT_THAT(limits({"[profile.a]\ninherits='b'\n[profile.b]\ninherits='a'\n"}, "a"),
                IsErrorWith("inherits from itself: a -> b -> a"));
    EXPECT_THAT(limits({"[profile.a]\ninherits='a'\n"}, "a"), IsErrorWith("inherits from itself"));
    EXPECT_THAT(limits({"[profile.a]\ninherits='c'\n"}, "a"),
                IsErrorWith("0.toml:2:10: `inherits`: no profile `c`"));
}

std::string
an_override(std::string_view profile, std::string_view filter, std::string_view period) {
    return fmt::format("[[profile.{}.overrides]]\nfilter = '{}'\nslow-timeout = {{period = '{}', "
                       "terminate-after = 1}}\n",
                       profile,
                       filter,
                       period);
}

TEST_F(NextestLimits, OverridesOfTheProfileBeforeThoseOfDefaultBeforeKeys) {
    const auto ci = an_override("ci", "test(slow)", "4s");
    const auto common = an_override("default", "test(slow)", "5s");
    const std::string keys = "[profile.ci]\nslow-timeout = {period='1s', terminate-after=1}\n";
    EXPECT_EQ(limits({keys + common + ci}, "ci")->kill_after, 4s);
    EXPECT_EQ(limits({keys + common}, "ci")->kill_after, 5s);
    EXPECT_EQ(limits({keys + an_override("default", "test(other)", "5s")}, "ci")->kill_after, 1s);
    EXPECT_EQ(limits({an_override("default", "test(one)", "6s") + common})->kill_after, 6s);
}

TEST_F(NextestLimits, RepositoryOverridesBeforeToolOverridesInOrder) {
    const std::string none = "[profile.default]\n";
    const auto repo = an_override("default", "test(slow)", "1s");
    const auto tool = an_override("default", "test(slow)", "2s");
    const auto later = an_override("default", "test(slow)", "3s");
    EXPECT_EQ(limits({repo, tool, later})->kill_after, 1s);
    EXPECT_EQ(limits({none, tool, later})->kill_after, 2s);
    // A tool's override of the selected profile beats the repository's override of default.
    EXPECT_EQ(limits({repo, an_override("ci", "all()", "2s") + "[profile.ci]\n"}, "ci")->kill_after,
              2s);
}

TEST_F(NextestLimits, TablesOfSeveralFilesMergeKeyByKey) {
    const std::string tool =
        "[profile.default]\nslow-timeout = {period='10s', terminate-after=3}\n";
    EXPECT_EQ(limits({"[profile.default]\nslow-timeout = {period='20s'}\n", tool})->kill_after,
              60s);
    EXPECT_EQ(limits({"[profile.default]\nslow-timeout = '20s'\n", tool})->kill_after,
              std::nullopt);
}

TEST_F(NextestLimits, AnUndecidedFilterCountsWhereItMakesTheLimitShorter) {
    const std::string key = "[profile.default]\nslow-timeout = {period='10s', terminate-after=1}\n";
    EXPECT_EQ(limits({key + an_override("default", "deps(p)", "4s")})->kill_after, 4s);
    EXPECT_EQ(limits({key + an_override("default", "deps(p)", "40s")})->kill_after, 10s);
    EXPECT_EQ(limits({an_override("default", "deps(p)", "4s")})->kill_after, 4s);
    // Behind a certain match it no longer counts.
    EXPECT_EQ(
        limits({an_override("default", "all()", "9s") + an_override("default", "deps(p)", "4s")})
            ->kill_after,
        9s);
}

TEST_F(NextestLimits, PlatformsAreJudged) {
    const auto with = [&](std::string_view platform) {
        return limits({fmt::format("[[profile.default.overrides]]\nplatform = {}\n"
                                   "slow-timeout = {{period = '2s', terminate-after = 1}}\n",
                                   platform)})
            ->kill_after;
    };
    EXPECT_EQ(with("'cfg(unix)'"), 2s);
    EXPECT_EQ(with("'cfg(target_os = \"linux\")'"), 2s);
    EXPECT_EQ(with("'cfg(windows)'"), std::nullopt);
    EXPECT_EQ(with("{host = 'cfg(unix)', target = 'cfg(windows)'}"), std::nullopt);
    EXPECT_EQ(target_matches("cfg(target_feature = \"avx2\")"), Match::unknown);
    EXPECT_EQ(target_matches("cfg( unix )"), Match::yes);
}

TEST_F(NextestLimits, BenchmarksHaveTheirOwnKey) {
    const std::string text = "[profile.default]\nslow-timeout = {period='1s', terminate-after=1}\n"
                             "bench.slow-timeout = {period='7s', terminate-after=1}\n";
    EXPECT_EQ(limits({text}, "default", RunMode::benchmark)->kill_after, 7s);
    EXPECT_EQ(limits({text})->kill_after, 1s);
}

TEST_F(NextestLimits, WrongValuesNameTheirPlace) {
    EXPECT_THAT(limits({"[profile.default]\nslow-timeout = 5"}),
                IsErrorWith("0.toml:2:16: `slow-timeout` must be a duration"));
    EXPECT_THAT(limits({"[profile.default]\nslow-timeout = 'soon'"}),
                IsErrorWith("is not a duration"));
    EXPECT_THAT(limits({"[profile.default]\nslow-timeout = {period='1s', terminate-after=0}"}),
                IsErrorWith("positive"));
    EXPECT_THAT(limits({"[profile.default]\nleak-timeout = {period='1s', result='maybe'}"}),
                IsErrorWith("\"pass\" or \"fail\""));
    EXPECT_THAT(limits({"[[profile.default.overrides]]\nslow-timeout = '1s'\nfilter = 'tset(a)'"}),
                IsErrorWith("0.toml:3:10: `filter`"));
    // What says no limit is not read: nextest has refused it if it is wrong.
    EXPECT_THAT(limits({"[[profile.default.overrides]]\npriority = 1\nfilter = 'tset(a)'"}),
                IsOk());
    EXPECT_THAT(limits({"[profile.default]\noverrides = 1"}), IsErrorWith("an array of tables"));
    EXPECT_THAT(limits({"[profile"}), IsErrorWith("0.toml:1:"));
}

} // namespace
} // namespace ktstr::config
