#include "cargo-ktstr/fetch/checksums.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <fmt/format.h>

namespace ktstr::fetch {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

namespace {

const std::string ones(64, '1');
const std::string twos(64, '2');

std::vector<std::string> texts(const std::vector<Version>& versions) {
    std::vector<std::string> out;
    for (const auto& version : versions) {
        out.push_back(version.text());
    }
    return out;
}

} // namespace

TEST(Checksums, FindsWholeNamesOnly) {
    const auto sums = Checksums::parse(ones + "  linux-6.1.tar.xz\n" + twos +
                                       "  linux-6.12.tar.xz\n" + ones + " *patch-6.1.xz\r\n");
    ASSERT_THAT(sums, IsOk());
    EXPECT_THAT(sums->find("linux-6.1.tar.xz"), Optional(ones));
    EXPECT_THAT(sums->find("linux-6.12.tar.xz"), Optional(twos));
    EXPECT_THAT(sums->find("patch-6.1.xz"), Optional(ones));
    EXPECT_THAT(sums->find("6.1.tar.xz"), Eq(std::nullopt));
    EXPECT_THAT(sums->find("linux-6.1.tar.x"), Eq(std::nullopt));
}

TEST(Checksums, ListsVersionsOfTarballs) {
    std::string text;
    for (const auto* file : {"linux-6.14.10.tar.xz",
                             "linux-6.14.9.tar.xz",
                             "linux-6.14.tar.xz",
                             "linux-6.14.tar.gz",
                             "linux-6.14.0.tar.xz",
                             "linux-6.15.tar.gz",
                             "patch-6.16.xz",
                             "ChangeLog-6.14.10",
                             "linux-next.tar.xz",
                             "linux-.tar.xz",
                             "linux-6.14.11.tar.xz/../x"}) {
        text += fmt::format("{}  {}\n", ones, file);
    }
    EXPECT_THAT(texts(Checksums::parse(text).value().versions()),
                ElementsAre("6.14", "6.14.9", "6.14.10"));
}

TEST(Checksums, HostileTextsAreErrors) {
    EXPECT_THAT(Checksums::parse(""), IsErrorWith("has none"));
    EXPECT_THAT(Checksums::parse("<html>"), IsErrorWith("has none"));
    EXPECT_THAT(Checksums::parse(ones.substr(1) + "   a\n" + std::string(64, 'A') + "  b\n" + ones +
                                 "\tc\n" + ones),
                IsErrorWith("has none"));
    EXPECT_THAT(Checksums::parse(ones + "  a\n" + twos + "  a\n"), IsErrorWith("two for a"));
    EXPECT_THAT(Checksums::parse(std::string(Checksums::most_bytes + 1, 'x')),
                IsErrorWith("larger than it could be"));
}

TEST(Checksums, TextOfAClearsignedFileIsWhatLiesInside) {
    EXPECT_EQ(unverified_text("before\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\n\n"
                              "inside\n- -dashed\n-----BEGIN PGP SIGNATURE-----\nx\n"),
              "Hash: SHA256\n\ninside\n-dashed\n");
}

} // namespace ktstr::fetch
