#include "cargo-ktstr/fetch/choose.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::fetch {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;

namespace {

std::vector<Version> versions(std::initializer_list<std::string_view> texts) {
    std::vector<Version> out;
    for (const auto text : texts) {
        out.push_back(Version::parse(text).value());
    }
    return out;
}

Version version(std::string_view text) {
    return Version::parse(text).value();
}

Release release(std::string_view text, std::string moniker, bool over = false) {
    return {.moniker = std::move(moniker), .version = version(text), .end_of_life = over};
}

} // namespace

TEST(NewestSettled, TakesTheNewestWithEightPatches) {
    const std::vector releases{release("7.4-rc2", "mainline"),
                               release("7.3.7", "stable"),
                               release("6.18.54", "longterm"),
                               release("7.2.8", "stable"),
                               release("6.12.111", "longterm")};
    EXPECT_EQ(newest_settled(releases).value(), version("7.2.8"));
}

TEST(NewestSettled, PassesOverWhatIsNoLongerLookedAfter) {
    const std::vector releases{release("7.2.13", "stable", true),
                               release("6.18.54", "longterm"),
                               release("7.9.20", "mainline")};
    EXPECT_EQ(newest_settled(releases).value(), version("6.18.54"));
}

TEST(NewestSettled, SaysWhenThereIsNone) {
    EXPECT_THAT(newest_settled({}), IsErrorWith("8 patches or more"));
    const std::vector releases{release("7.3.7", "stable")};
    EXPECT_THAT(newest_settled(releases), IsErrorWith("name a version"));
}

TEST(NewestOf, ComparesPatchesAsNumbers) {
    const auto known = versions({"6.14.9", "6.14.11", "6.14.2", "6.14-rc7", "6.140.50", "6.1.190"});
    EXPECT_EQ(newest_of({6, 14}, known), version("6.14.11"));
    EXPECT_EQ(newest_of({6, 140}, known), version("6.140.50"));
    EXPECT_EQ(newest_of({6, 15}, known), std::nullopt);
}

TEST(NewestOf, CandidatesAreNamedNotTaken) {
    const auto known = versions({"6.15-rc3", "6.14.2"});
    EXPECT_EQ(newest_of({6, 15}, known), std::nullopt);
    EXPECT_THAT(no_such_series({6, 15}, known).render(),
                AllOf(testing::HasSubstr("6.15 is not released yet, only 6.15-rc3"),
                      testing::HasSubstr("ask for `6.15-rc3`")));
    EXPECT_THAT(no_such_series({6, 13}, known).render(), testing::HasSubstr("nearest: 6.14.2"));
}

TEST(NoSuchVersion, NamesTheNearest) {
    EXPECT_THAT(
        no_such_version(version("6.14.99"), versions({"6.14.11", "6.14.10", "6.1"})).render(),
        testing::HasSubstr("there is no release 6.14.99\n  hint: nearest: 6.14.11, "
                           "6.14.10, 6.1"));
    EXPECT_THAT(no_such_version(version("6.1"), {}).render(),
                testing::HasSubstr("no release is known"));
}

TEST(NewestIn, TakesEachSeriesOfTheRange) {
    const auto known =
        versions({"6.11.9", "6.12.1", "6.12.111", "6.14.11", "6.14.2", "6.15.3", "6.13-rc1"});
    const auto range = newest_in({6, 12}, {6, 14}, known);
    ASSERT_THAT(range, IsOk());
    EXPECT_THAT(range->chosen, ElementsAre(version("6.12.111"), version("6.14.11")));
    EXPECT_THAT(range->missing, ElementsAre(Series{6, 13}));
}

TEST(NewestIn, GoesOverTheEndOfAMajorNumber) {
    const auto known = versions({"5.18.19", "5.19.17", "6.0.19", "6.1.1", "5.4.1"});
    const auto range = newest_in({5, 18}, {6, 1}, known);
    ASSERT_THAT(range, IsOk());
    EXPECT_THAT(
        range->chosen,
        ElementsAre(version("5.18.19"), version("5.19.17"), version("6.0.19"), version("6.1.1")));
    EXPECT_THAT(range->missing, IsEmpty());
}

TEST(NewestIn, OneSeriesIsARange) {
    EXPECT_THAT(newest_in({6, 12}, {6, 12}, versions({"6.12"}))->chosen,
                ElementsAre(version("6.12")));
}

TEST(NewestIn, InvertedAndEmptyRangesAreErrors) {
    const auto known = versions({"6.12.1"});
    EXPECT_THAT(newest_in({6, 14}, {6, 12}, known), IsErrorWith("write 6.12..6.14"));
    EXPECT_THAT(newest_in({6, 14}, {6, 16}, known),
                IsErrorWith("no series of the range 6.14..6.16 has a release"));
    EXPECT_THAT(newest_in({6, 14}, {6, 16}, known), IsErrorWith("nearest: 6.12.1"));
    EXPECT_EQ(newest_in({6, 14}, {6, 12}, known).error().kind(), ErrorKind::usage);
}

} // namespace ktstr::fetch
