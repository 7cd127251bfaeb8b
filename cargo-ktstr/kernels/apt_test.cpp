#include "cargo-ktstr/kernels/apt.hpp"

#include <gmock/gmock.h>

namespace ktstr::kernels::apt {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Apt, ReadsTheCodename) {
    EXPECT_EQ(codename("NAME=\"Debian\"\nVERSION_CODENAME=bookworm\nID=debian\n"), "bookworm");
    EXPECT_EQ(codename("VERSION_CODENAME=\"trixie\"\n"), "trixie");
    EXPECT_EQ(codename("ID=arch\n"), std::nullopt);
    EXPECT_EQ(codename("VERSION_CODENAME=\n"), std::nullopt);
}

TEST(Apt, TakesTheMirrorOfTheRelease) {
    EXPECT_EQ(
        mirror(
            "https://a.example/debian-security/|bookworm-security|bookworm-security|Debian|main\n"
            "https://a.example/tool/|stable|bookworm|Other|main\n"
            "https://a.example/debian/|bookworm|bookworm|Debian|contrib\n"
            "https://b.example/debian/|bookworm|stable|Debian|main\n",
            "bookworm"),
        "https://b.example/debian/");
    EXPECT_EQ(mirror("https://a.example/debian/|||", "bookworm"), std::nullopt);
    EXPECT_EQ(mirror("", "bookworm"), std::nullopt);
}

TEST(Apt, KnowsTheMirrorBeforeTheFirstUpdate) {
    EXPECT_EQ(mirror("https://c.example/debian/||bookworm||main\n", "bookworm"),
              "https://c.example/debian/");
}

TEST(Apt, LooksIntoTheNextReleasesBackportsFirst) {
    EXPECT_THAT(newer_suites("bookworm"), ElementsAre("trixie-backports"));
    EXPECT_THAT(newer_suites("trixie"), ElementsAre("forky-backports", "trixie-backports"));
    EXPECT_THAT(newer_suites("noble"), IsEmpty());
}

TEST(Apt, WritesOneSignedSource) {
    EXPECT_EQ(source_line("https://c.example/debian/", "trixie-backports", "/k.gpg"),
              "deb [signed-by=/k.gpg] https://c.example/debian/ trixie-backports main\n");
    EXPECT_EQ(source_line("https://c.example/debian/", "trixie", ""),
              "deb https://c.example/debian/ trixie main\n");
}

TEST(Apt, NewestCloudKernelFirst) {
    const std::vector<std::string> names{
        "linux-binary-7.2.9+deb13-cloud-amd64",
        "linux-image-7.2.9+deb13-cloud-amd64",
        "linux-base-7.2.9+deb13-cloud-amd64",
        "linux-binary-7.2.12+deb13-cloud-amd64",
        "linux-binary-unsigned-7.3.4+deb13-cloud-amd64",
        "linux-image-6.18.5+deb13-cloud-amd64",
        "linux-binary-7.3.4+deb13-cloud-arm64",
        "linux-image-cloud-amd64",
        "linux-binary-7.4.1+deb13-amd64",
    };
    EXPECT_THAT(
        candidates(names, "amd64"),
        ElementsAre(
            Candidate{
                "7.2.12+deb13-cloud-amd64", {"linux-binary-7.2.12+deb13-cloud-amd64"}
    },
            Candidate{
                "7.2.9+deb13-cloud-amd64",
                {"linux-binary-7.2.9+deb13-cloud-amd64", "linux-base-7.2.9+deb13-cloud-amd64"}},
            Candidate{"6.18.5+deb13-cloud-amd64", {"linux-image-6.18.5+deb13-cloud-amd64"}}));
}

} // namespace ktstr::kernels::apt
