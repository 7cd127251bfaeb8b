#include "cargo-ktstr/fetch/version.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::fetch {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

Version version(std::string_view text) {
    return Version::parse(text).value();
}

} // namespace

TEST(Version, ReadsWhatKernelOrgWrites) {
    EXPECT_EQ(version("6.14.2"),
              (Version{
                  .series = {6, 14},
                    .patch = 2
    }));
    EXPECT_EQ(version("7.0"),
              (Version{
                  .series = {7, 0}
    }));
    EXPECT_EQ(version("6.15-rc3"),
              (Version{
                  .series = {6, 15},
                    .candidate = 3
    }));
    EXPECT_EQ(version("6.14.0").text(), "6.14");
    for (const auto* text : {"6.14.2", "6.14", "6.15-rc3", "3.0.101", "4.9.337"}) {
        EXPECT_EQ(version(text).text(), text);
    }
}

TEST(Version, RefusesWhatIsNone) {
    for (const auto* text : {"",
                             "6",
                             "6.",
                             ".6",
                             "6.14.",
                             "6.14.x",
                             "6.14.2.1",
                             "6.14.2-rc1",
                             "6.15-rc0",
                             "6.15-rc",
                             "06.14",
                             "6.014",
                             "6.14.99999",
                             "v6.14",
                             " 6.14",
                             "-6.14",
                             "next-20260928",
                             "2.6.32",
                             "6.14/../../x",
                             "18446744073709551622.1"}) {
        EXPECT_THAT(Version::parse(text), IsErrorWith("is no version of the kernel")) << text;
    }
    EXPECT_THAT(Series::parse("6.14.1"), IsErrorWith("`6.14.1` is no series"));
    EXPECT_THAT(Series::parse("6.14"), IsOk());
}

TEST(Version, CandidatesComeBeforeTheirRelease) {
    EXPECT_LT(version("6.15-rc7"), version("6.15"));
    EXPECT_LT(version("6.9"), version("6.15-rc1"));
    EXPECT_LT(version("6.15"), version("6.15.1"));
    EXPECT_LT(version("6.15.9"), version("6.15.10"));
    EXPECT_LT(version("6.19.14"), version("7.0"));
}

TEST(Version, NearestAreNearestInNumbers) {
    const std::vector known{version("6.12.95"),
                            version("6.14"),
                            version("6.14.10"),
                            version("6.14.11"),
                            version("6.14.9"),
                            version("6.14.11"),
                            version("7.14.12")};
    EXPECT_THAT(nearest_versions(version("6.14.12"), known),
                ElementsAre(version("6.14.11"), version("6.14.10"), version("6.14.9")));
    EXPECT_THAT(nearest_versions(version("6.13.1"), known, 2),
                ElementsAre(version("6.14"), version("6.14.9")));
    EXPECT_THAT(nearest_versions(version("6.13.1"), {}), IsEmpty());
    EXPECT_EQ(list_versions(known).substr(0, 13), "6.12.95, 6.14");
}

} // namespace ktstr::fetch
