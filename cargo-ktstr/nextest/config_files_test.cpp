#include "cargo-ktstr/nextest/config_files.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::nextest {

namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(ConfigFiles, AreTheWorkspacesThenEachToolsAsTheyCome) {
    EXPECT_THAT(config_files(Words{"--tool-config-file",
                                   "ktstr:/run/nextest.toml",
                                   "--tool-config-file=other:/o:p.toml",
                                   "--lib"},
                             "/w"),
                ElementsAre("/w/.config/nextest.toml", "/run/nextest.toml", "/o:p.toml"));
}

TEST(ConfigFiles, OneGivenStandsInPlaceOfTheWorkspaces) {
    const auto here = std::filesystem::current_path();
    EXPECT_THAT(config_files(Words{"--config-file", "ci.toml"}, "/w"),
                ElementsAre(here / "ci.toml"));
    EXPECT_THAT(config_files(Words{"--config-file=/ci.toml"}, "/w"), ElementsAre("/ci.toml"));
}

TEST(ConfigFiles, OfNextestsOwnTailAreNone) {
    EXPECT_THAT(config_files(Words{"--", "--config-file", "x"}, "/w"),
                ElementsAre("/w/.config/nextest.toml"));
}

TEST(ConfigFiles, OrderTestsByAnOverride) {
    const auto folder = TempDir::create("config-files");
    ASSERT_THAT(folder, IsOk());
    const std::vector files{folder->path() / "none.toml", folder->path() / "nextest.toml"};
    ASSERT_THAT(write_file_atomically(files[1], "[profile.default]\nretries = 1\n"), IsOk());
    EXPECT_FALSE(order_tests(files));
    ASSERT_THAT(write_file_atomically(files[1],
                                      "[[profile.default.overrides]]\nfilter = 'all()'\n"
                                      "priority = 50\n"),
                IsOk());
    EXPECT_TRUE(order_tests(files));
}

TEST(ConfigFiles, ChooseTestsByADefaultFilter) {
    const auto folder = TempDir::create("config-files");
    ASSERT_THAT(folder, IsOk());
    const auto choose = [&](std::string_view text) {
        const std::vector files{folder->path() / "none.toml", folder->path() / "nextest.toml"};
        EXPECT_THAT(write_file_atomically(files.back(), text), IsOk());
        return choose_tests(files);
    };
    EXPECT_FALSE(choose("[profile.default]\nretries = 2\n"));
    EXPECT_TRUE(choose("[profile.ci]\ndefault-filter = 'test(a)'\n"));
    EXPECT_TRUE(choose("[[profile.ci.scripts]]\nlist-wrapper = 'x'\n"));
    const std::vector unreadable{folder->path()};
    EXPECT_TRUE(choose_tests(unreadable));
    EXPECT_FALSE(choose_tests(std::vector<std::filesystem::path>{}));
}

} // namespace

} // namespace ktstr::nextest
