#include "guest/agent/unpack.hpp"
#include "guest/base/test_dir.hpp"
#include "guest/wire/cpio.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;
namespace cpio = wire::cpio;

std::string entry(const std::string& name, std::uint32_t mode, std::string_view data = "") {
    const cpio::Entry head{.name = name,
                           .mode = mode,
                           .mtime = 1'700'000'000,
                           .size = static_cast<std::uint32_t>(data.size())};
    return cpio::header(head, 1) + std::string(data) +
           std::string(cpio::padding(data.size()), '\0');
}

std::optional<UnpackFailure> unpack_text(const std::string& archive, const TestDir& dir) {
    return unpack(std::as_bytes(std::span(archive)), dir.path());
}

struct stat status_of(const TestDir& dir, const std::string& name) {
    struct stat status{};
    EXPECT_EQ(::lstat((dir.path() + '/' + name).c_str(), &status), 0) << name;
    return status;
}

TEST(RelativeName, DropsWhatMeansNothing) {
    EXPECT_EQ(relative_name("a/b"), "a/b");
    EXPECT_EQ(relative_name("//a/./b//"), "a/b");
    EXPECT_EQ(relative_name("."), "");
    EXPECT_EQ(relative_name("..."), "...");
}

TEST(RelativeName, IsEmptyForNamesThatLeadOut) {
    EXPECT_EQ(relative_name("../a"), "");
    EXPECT_EQ(relative_name("a/.."), "");
    EXPECT_EQ(relative_name("a/../../b"), "");
}

TEST(Unpack, MakesFilesDirectoriesAndLinks) {
    const TestDir dir;
    const auto archive = entry(".", S_IFDIR | 0755) + entry("d", S_IFDIR | 0700) +
                         entry("d/script", S_IFREG | 0755, "#!/bin/sh\n") +
                         entry("/deep/er/file", S_IFREG | 0640, "x") +
                         entry("link", S_IFLNK | 0777, "d/script") + cpio::end();
    const auto failure = unpack_text(archive, dir);
    ASSERT_FALSE(failure) << failure->what;
    EXPECT_EQ(read_file(dir.path() + "/link"), "#!/bin/sh\n");
    EXPECT_EQ(read_file(dir.path() + "/deep/er/file"), "x");
    EXPECT_EQ(status_of(dir, "d/script").st_mode, S_IFREG | 0755U);
    EXPECT_EQ(status_of(dir, "d/script").st_mtime, 1'700'000'000);
    EXPECT_EQ(status_of(dir, "deep/er/file").st_mode, S_IFREG | 0640U);
    EXPECT_EQ(status_of(dir, "d").st_mode, S_IFDIR | 0700U);
    EXPECT_EQ(status_of(dir, "d").st_mtime, 1'700'000'000);
    EXPECT_EQ(status_of(dir, "link").st_mtime, 1'700'000'000);
}

TEST(Unpack, ReplacesFilesAndLinksButNotWhatALinkPointsTo) {
    const TestDir dir;
    const auto kept = dir.write("kept", "old");
    ASSERT_EQ(::symlink(kept.c_str(), (dir.path() + "/prog").c_str()), 0);
    dir.write("empty/x", "");
    const auto archive = entry("prog", S_IFREG | 0644, "new") +
                         entry("empty/x", S_IFLNK | 0777, "../kept") + cpio::end();
    ASSERT_FALSE(unpack_text(archive, dir));
    EXPECT_EQ(read_file(kept), "old");
    EXPECT_EQ(read_file(dir.path() + "/prog"), "new");
    EXPECT_TRUE(S_ISREG(status_of(dir, "prog").st_mode));
    EXPECT_EQ(read_file(dir.path() + "/empty/x"), "old");
}

TEST(Unpack, KeepsTheModeOfADirectoryThatIsThere) {
    const TestDir dir;
    dir.write("d/x", "");
    ASSERT_EQ(::chmod((dir.path() + "/d").c_str(), 01777), 0);
    ASSERT_EQ(::symlink("d", (dir.path() + "/l").c_str()), 0);
    const auto archive = entry("d", S_IFDIR | 0755) + entry("l", S_IFDIR | 0755) +
                         entry("l/y", S_IFREG | 0644, "y") + cpio::end();
    ASSERT_FALSE(unpack_text(archive, dir));
    EXPECT_EQ(status_of(dir, "d").st_mode, S_IFDIR | 01777U);
    EXPECT_EQ(read_file(dir.path() + "/d/y"), "y");
}

TEST(Unpack, RefusesNamesThatLeadOut) {
    const TestDir dir;
    const auto failure = unpack_text(entry("a/../../x", S_IFREG | 0644, "x") + cpio::end(), dir);
    ASSERT_TRUE(failure);
    EXPECT_THAT(failure->what, HasSubstr("a/../../x"));
}

TEST(Unpack, RefusesAnArchiveWithoutItsEnd) {
    const TestDir dir;
    const auto failure = unpack_text(entry("x", S_IFREG | 0644, "x"), dir);
    ASSERT_TRUE(failure);
    EXPECT_THAT(failure->what, HasSubstr("not a whole cpio archive"));
}

TEST(Unpack, SaysWhatStandsInTheWay) {
    const TestDir dir;
    dir.write("d/x", "");
    const auto failure = unpack_text(entry("d", S_IFREG | 0644, "x") + cpio::end(), dir);
    ASSERT_TRUE(failure);
    EXPECT_THAT(failure->what, HasSubstr(dir.path() + "/d"));
    EXPECT_NE(failure->error, 0);
}

TEST(Unpack, TakesNoPayloadForNothingToDo) {
    const TestDir dir;
    EXPECT_FALSE(unpack({}, dir.path()));
}

} // namespace
} // namespace ktstr::guest
