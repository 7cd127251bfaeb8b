#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/nextest_files.hpp"

#include <gtest/gtest.h>

namespace ktstr::config {
namespace {

using testing::ElementsAre;
using Files = std::vector<std::filesystem::path>;
using Words = std::vector<std::string>;

TEST(NextestFiles, AreTheWorkspacesUnlessTheVariableSaysOtherwise) {
    const auto own = nextest_config_files(Words{"XKTSTR_NEXTEST_CONFIG=/a"}, "/w");
    ASSERT_THAT(own, IsOk());
    EXPECT_THAT(*own, ElementsAre("/w/.config/nextest.toml"));
    const auto told = nextest_config_files(Words{"A=b", "KTSTR_NEXTEST_CONFIG=/a:/b/c"}, "/w");
    ASSERT_THAT(told, IsOk());
    EXPECT_THAT(*told, ElementsAre("/a", "/b/c"));
}

TEST(NextestFiles, ComeBackAsTheyWereNamed) {
    const Files files{"/w/.config/nextest.toml", "/with a blank/b:c.toml", "/d"};
    const auto value = nextest_config_value(files);
    ASSERT_THAT(value, IsOk());
    const auto read = nextest_config_files(Words{"KTSTR_NEXTEST_CONFIG=" + *value}, "/other");
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(*read, files);
}

TEST(NextestFiles, RefuseWhatTheListCannotHold) {
    EXPECT_THAT(nextest_config_value(Files{"/a:/b"}), IsErrorWith("`/a:/b`"));
    EXPECT_THAT(nextest_config_value(Files{"/a:", "/b"}), IsErrorWith("`/a:`"));
    EXPECT_THAT(nextest_config_value(Files{"a"}), IsErrorWith("`a`"));
    EXPECT_THAT(nextest_config_files(Words{"KTSTR_NEXTEST_CONFIG="}, "/w"),
                IsErrorWith("KTSTR_NEXTEST_CONFIG: \"\" is no list of absolute paths"));
    EXPECT_THAT(nextest_config_files(Words{"KTSTR_NEXTEST_CONFIG=a:/b"}, "/w"),
                IsErrorWith("is no list of absolute paths"));
}

} // namespace
} // namespace ktstr::config
