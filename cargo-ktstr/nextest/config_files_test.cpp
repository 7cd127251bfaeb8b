#include "cargo-ktstr/nextest/config_files.hpp"

#include <gmock/gmock.h>

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

} // namespace

} // namespace ktstr::nextest
