#include "cargo-ktstr/remote/manifest.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <fmt/format.h>

namespace ktstr::remote {

namespace {

const std::string digest(64, 'a');

std::string with_files(const std::string& files) {
    return R"({"schema": 1, "files": [)" + files + "]}";
}

std::string
file(const std::string& name, const std::string& size, const std::string& sha256 = digest) {
    return fmt::format(R"({{"name": "{}", "size": {}, "sha256": "{}"}})", name, size, sha256);
}

} // namespace

TEST(Manifest, IsReadAsItWasWritten) {
    const Manifest manifest{
        {"image",          {.size = 3, .sha256 = digest}},
        {"modules/6/x.ko", {.size = 0, .sha256 = digest}}
    };
    const auto read = parse_manifest(manifest_text(manifest));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->size(), 2U);
    EXPECT_EQ(read->at("image").size, 3U);
    EXPECT_EQ(read->at("modules/6/x.ko").sha256, digest);
}

TEST(Manifest, KnowsItsOwnSchemaAlone) {
    EXPECT_THAT(parse_manifest(R"({"schema": 2, "files": []})"),
                IsErrorWith("schema 2, this ktstr reads schema 1"));
    EXPECT_THAT(parse_manifest(R"({"schema": 1, "files": [], "more": 1})"), IsOk());
}

TEST(Manifest, RefusesWhatIsMalformed) {
    for (const auto& bad : {std::string(),
                            std::string("{"),
                            std::string("[]"),
                            std::string("3"),
                            std::string(R"({"schema": 1})"),
                            std::string(R"({"schema": 1, "files": {}})"),
                            with_files("1"),
                            with_files(file("a", "-1")),
                            with_files(file("a", "\"1\"")),
                            with_files(file("a", "1", "ab")),
                            with_files(file("a", "1", std::string(64, 'g'))),
                            with_files(file("a", "1") + "," + file("a", "1")),
                            with_files(file("../a", "1")),
                            with_files(file("ktstr-manifest.json", "1"))}) {
        EXPECT_THAT(parse_manifest(bad), testing::Not(IsOk())) << bad;
    }
}

TEST(Manifest, KeepsToItsLimits) {
    const auto two = with_files(file("a", "6") + "," + file("b", "5"));
    EXPECT_THAT(parse_manifest(two, {.bytes = 11, .files = 2}), IsOk());
    EXPECT_THAT(parse_manifest(two, {.bytes = 10, .files = 2}), IsErrorWith("more than 10 B"));
    EXPECT_THAT(parse_manifest(two, {.bytes = 11, .files = 1}), IsErrorWith("more than 1 files"));
    EXPECT_THAT(
        parse_manifest(with_files(file("a", "18446744073709551615") + "," + file("b", "2"))),
        IsErrorWith("more than"))
        << "no overflow";
}

TEST(Manifest, NamesStayBelowTheEntry) {
    for (const auto* good : {"a", "a/b", "a b", "...", ".config", "a/..b"}) {
        EXPECT_TRUE(is_member_name(good)) << good;
    }
    for (const auto* bad :
         {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a"}) {
        EXPECT_FALSE(is_member_name(bad)) << bad;
    }
    EXPECT_FALSE(is_member_name(std::string_view("a\0b", 3)));
    EXPECT_FALSE(is_member_name(std::string(256, 'a')));
    EXPECT_FALSE(is_member_name(std::string(255, 'a') + std::string(400, '/')));
}

} // namespace ktstr::remote
