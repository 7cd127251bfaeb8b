#include "cargo-ktstr/nextest/arguments.hpp"

#include <gmock/gmock.h>

namespace ktstr::nextest {

namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::Optional;
using Words = std::vector<std::string>;

TEST(WithLast, StandsBehindTheUsersButBeforeABareDash) {
    const std::vector<std::string> last{"--tool-config-file", "ktstr:/x"};
    EXPECT_EQ(with_last(std::vector<std::string>{"-j2", "name"}, last),
              (std::vector<std::string>{"-j2", "name", "--tool-config-file", "ktstr:/x"}));
    EXPECT_EQ(with_last(std::vector<std::string>{"-j2", "--", "--nocapture", "--"}, last),
              (std::vector<std::string>{
                  "-j2", "--tool-config-file", "ktstr:/x", "--", "--nocapture", "--"}));
    EXPECT_EQ(with_last({}, last), last);
}

TEST(ChooseTests, IsWhatAFilterAPartitionAndATestsNameDo) {
    for (const auto& words : {
             Words{"-E", "all()"},
             {"--filterset=all()"},
             {"--partition", "hash:1/2"},
             {"--run-ignored", "all"},
             {"-R", "latest"},
             {"--lib", "name"},
             {"--no-such-option"},
             {"--", "--skip", "a"}
    }) {
        EXPECT_TRUE(choose_tests(words)) << words.front();
    }
    EXPECT_FALSE(choose_tests({}));
    EXPECT_FALSE(choose_tests(
        Words{"-p", "x", "--test", "it", "--profile", "ci", "-j2", "--no-fail-fast", "-F", "a"}));
}

TEST(ListArguments, DropOptionsThatOnlyARunHas) {
    const Words user{"--profile",
                     "ci",
                     "--no-capture",
                     "--retries=2",
                     "--max-fail",
                     "3:immediate",
                     "-j",
                     "4",
                     "--features",
                     "a,b",
                     "-j8",
                     "filter",
                     "--no-fail-fast"};
    EXPECT_THAT(arguments_for_list(user),
                ElementsAre("--profile", "ci", "--features", "a,b", "filter"));
}

TEST(ListArguments, KeepFiltersPartitionsAndIgnoredTests) {
    const Words user{
        "-E", "test(a) & !test(b)", "--run-ignored=all", "--partition", "hash:1/2", "-p", "x"};
    EXPECT_THAT(arguments_for_list(user), ElementsAreArray(user));
}

TEST(ListArguments, TakeALetterOutOfACluster) {
    EXPECT_THAT(arguments_for_list(Words{"-rj4", "-vr", "-rj", "2"}),
                ElementsAre("-r", "-v", "-r", "-r"));
}

TEST(ListArguments, KeepWhatFollowsTheSecondDashes) {
    const Words user{"--no-capture", "--", "--skip", "-j", "--exact"};
    EXPECT_THAT(arguments_for_list(user), ElementsAre("--", "--skip", "-j", "--exact"));
}

TEST(ListArguments, DoNotTakeAValueForAnOption) {
    EXPECT_THAT(arguments_for_list(Words{"--features", "--no-capture", "--lib"}),
                ElementsAre("--features", "--no-capture", "--lib"));
}

TEST(ListArguments, LeaveAnUnknownOptionToNextest) {
    EXPECT_THAT(arguments_for_list(Words{"--from-the-future", "-W3"}),
                ElementsAre("--from-the-future", "-W3"));
}

TEST(ListArguments, SurviveAMissingValue) {
    EXPECT_THAT(arguments_for_list(Words{"--lib", "--retries"}), ElementsAre("--lib"));
    EXPECT_THAT(arguments_for_list(Words{"-j"}), ElementsAre());
}

TEST(ValueOf, TakesTheLastOneInAnyForm) {
    EXPECT_THAT(value_of(Words{"-P", "a", "--profile=b"}, "profile"), Optional(std::string("b")));
    EXPECT_THAT(value_of(Words{"-Pc"}, "profile"), Optional(std::string("c")));
    EXPECT_EQ(value_of(Words{"--", "--profile", "x"}, "profile"), std::nullopt);
    EXPECT_TRUE(has_option(Words{"-h"}, "help"));
}

} // namespace

} // namespace ktstr::nextest
