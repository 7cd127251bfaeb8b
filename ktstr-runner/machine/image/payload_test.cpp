#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/image/payload.hpp"
#include "ktstr-runner/machine/image/payload_fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ktstr::machine {

TEST_F(PayloadTest, FileComesWithItsDirectoriesModeAndTime) {
    const auto path = file("a/b/f", "content", 0750);
    const timespec times[2] = {
        {.tv_sec = 1'000'000'007, .tv_nsec = 5},
        {.tv_sec = 1'000'000'007, .tv_nsec = 5}
    };
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    ASSERT_EQ(::chmod((root_ / "a").c_str(), 0711), 0);
    ASSERT_THAT(payload_.add_file(path), IsOk());
    const auto all = held(payload_);
    EXPECT_EQ(all.at(at("a/b/f")).data, "content");
    EXPECT_EQ(all.at(at("a/b/f")).mode, 0100750U);
    EXPECT_EQ(all.at(at("a/b/f")).mtime, 1'000'000'007U);
    EXPECT_EQ(all.at(at("a")).mode, 0040711U);
}

TEST_F(PayloadTest, TimesOfDirectoriesAreLeftOutWhenAsked) {
    const auto path = file("a/f", "content");
    payload_.leave_directory_times_out();
    ASSERT_THAT(payload_.add_file(path), IsOk());
    const auto all = held(payload_);
    EXPECT_EQ(all.at(at("a")).mtime, 0U);
    EXPECT_NE(all.at(at("a/f")).mtime, 0U);
}

TEST_F(PayloadTest, AddingTwiceIsHarmless) {
    const auto path = file("f", "x");
    ASSERT_THAT(payload_.add_file(path), IsOk());
    const auto entries = payload_.entries();
    const auto size = payload_.size();
    ASSERT_THAT(payload_.add_file(path), IsOk());
    ASSERT_THAT(payload_.add_path_as_is(path), IsOk());
    EXPECT_EQ(payload_.entries(), entries);
    EXPECT_EQ(payload_.size(), size);
}

TEST_F(PayloadTest, LinksOnTheWayAreKeptAndTheFileIsStoredOnce) {
    file("usr/lib/libx.so.1.2", "elf");
    link("usr/lib/libx.so.1", "libx.so.1.2");
    link("lib", "usr/lib");
    link("abs", at("lib"));
    ASSERT_THAT(payload_.add_file(root_ / "abs/libx.so.1"), IsOk());
    ASSERT_THAT(payload_.add_file(root_ / "usr/lib/../lib/./libx.so.1.2"), IsOk());
    const auto all = held(payload_);
    EXPECT_EQ(all.at(at("abs")).data, at("lib"));
    EXPECT_EQ(all.at(at("lib")).data, "usr/lib");
    EXPECT_EQ(all.at(at("lib")).mode, 0120777U);
    EXPECT_EQ(all.at(at("usr/lib/libx.so.1")).data, "libx.so.1.2");
    EXPECT_EQ(all.at(at("usr/lib/libx.so.1.2")).data, "elf");
    EXPECT_FALSE(all.contains(at("lib/libx.so.1.2")));
}

TEST_F(PayloadTest, AsItIsKeepsALinkAndLeavesItsTarget) {
    file("target", "x");
    link("l", "target");
    link("dangling", "nothing/there");
    ASSERT_THAT(payload_.add_path_as_is(root_ / "l"), IsOk());
    ASSERT_THAT(payload_.add_path_as_is(root_ / "dangling"), IsOk());
    const auto all = held(payload_);
    EXPECT_EQ(all.at(at("l")).data, "target");
    EXPECT_EQ(all.at(at("dangling")).data, "nothing/there");
    EXPECT_FALSE(all.contains(at("target")));
}

TEST_F(PayloadTest, IdentityIsContentAndTimeOfFiles) {
    const auto identity = [](const Payload& payload) {
        auto text = payload.identity([](const std::filesystem::path& path) -> Result<std::string> {
            return "digest of " + path.filename().string();
        });
        EXPECT_THAT(text, IsOk());
        return text.value_or("");
    };
    const auto with = [](const std::string& text, unsigned mode) {
        Payload payload;
        EXPECT_THAT(payload.add_text("/a", text, mode), IsOk());
        return payload;
    };
    EXPECT_EQ(identity(with("x", 0644)), identity(with("x", 0644)));
    EXPECT_NE(identity(with("x", 0644)), identity(with("y", 0644)));
    EXPECT_NE(identity(with("x", 0644)), identity(with("x", 0755)));
    Payload payload;
    const auto path = file("file", "content");
    ASSERT_THAT(payload.add_file(path), IsOk());
    const auto before = identity(payload);
    EXPECT_THAT(before, testing::HasSubstr("digest of file"));
    std::filesystem::last_write_time(path, std::filesystem::file_time_type{});
    Payload later;
    ASSERT_THAT(later.add_file(path), IsOk());
    EXPECT_NE(identity(later), before);
}

TEST_F(PayloadTest, ItsIdentityHasTimesOfDirectoriesWhenAsked) {
    const auto digest = [](const std::filesystem::path&) -> Result<std::string> { return "x"; };
    const auto path = file("file", "content");
    const auto identity = [&](Payload::Times times) {
        Payload payload;
        EXPECT_THAT(payload.add_file(path), IsOk());
        return payload.identity(digest, times).value();
    };
    const auto files = identity(Payload::Times::of_files);
    const auto all = identity(Payload::Times::all);
    std::filesystem::last_write_time(
        path.parent_path(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    EXPECT_EQ(identity(Payload::Times::of_files), files);
    EXPECT_NE(identity(Payload::Times::all), all);
}

TEST_F(PayloadTest, NamesNeedNotBeUtf8) {
    ASSERT_THAT(payload_.add_path_as_is(file("\xFF\xFEname", "x")), IsOk());
    EXPECT_EQ(held(payload_).at(at("\xFF\xFEname")).data, "x");
}

TEST_F(PayloadTest, PathsThatLeadNowhereAreNamed) {
    file("f");
    link("dangling", "none");
    link("loop", "loop");
    std::filesystem::create_directory(root_ / "d");
    ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
    EXPECT_THAT(payload_.add_file(root_ / "none"), IsErrorWith(at("none") + " does not exist"));
    EXPECT_THAT(payload_.add_file(root_ / "dangling"),
                IsErrorWith(at("dangling") + " is a link to nothing"));
    EXPECT_THAT(payload_.add_file(root_ / "loop"), IsErrorWith("too many symbolic links"));
    EXPECT_THAT(payload_.add_file(root_ / "f/g"), IsErrorWith(at("f") + " is not a directory"));
    EXPECT_THAT(payload_.add_file(root_ / "d"), IsErrorWith(at("d") + " is a directory"));
    EXPECT_THAT(payload_.add_file(root_ / "pipe"), IsErrorWith("is not a regular file"));
    EXPECT_THAT(payload_.add_path_as_is(root_ / "pipe"), IsErrorWith("is not a regular file"));
}

TEST_F(PayloadTest, FilesOfTheKernelAreRefused) {
    link("l", "/proc/self/exe");
    EXPECT_THAT(payload_.add_file(root_ / "l"), IsErrorWith("leads into /proc"));
    EXPECT_THAT(payload_.add_file("/sys/kernel/notes"), IsErrorWith("leads into /sys"));
}

TEST_F(PayloadTest, FileOfFourGigabytesIsRefused) {
    const auto path = file("huge");
    ASSERT_EQ(::truncate(path.c_str(), 4LL << 30), 0); // sparse
    EXPECT_THAT(payload_.add_file(path), IsErrorWith("4 GiB or more"));
    ASSERT_EQ(::truncate(path.c_str(), (4LL << 30) - 1), 0);
    ASSERT_THAT(payload_.add_file(path), IsOk());
    EXPECT_GT(payload_.size(), 4ULL << 30);
}

TEST_F(PayloadTest, GuestPathsNeedNotExistHere) {
    const auto source = file("source", "data", 0600);
    ASSERT_THAT(payload_.add_file_as(source, root_ / "new/dir/f"), IsOk());
    ASSERT_THAT(payload_.add_text(root_ / "new/t", "text", 0755), IsOk());
    ASSERT_THAT(payload_.add_symlink(root_ / "new/l", "t"), IsOk());
    ASSERT_THAT(payload_.add_directory(root_ / "new/empty"), IsOk());
    const auto all = held(payload_);
    EXPECT_EQ(all.at(at("new/dir/f")).data, "data");
    EXPECT_EQ(all.at(at("new/dir/f")).mode, 0100600U);
    EXPECT_EQ(all.at(at("new/t")).data, "text");
    EXPECT_EQ(all.at(at("new/t")).mode, 0100755U);
    EXPECT_EQ(all.at(at("new/l")).data, "t");
    EXPECT_EQ(all.at(at("new/empty")).mode, 0040755U);
    EXPECT_FALSE(all.contains(at("source")));
}

TEST_F(PayloadTest, GuestPathsGoThroughTheLinksOfTheHost) {
    std::filesystem::create_directories(root_ / "usr/bin");
    link("bin", "usr/bin");
    link("usr/bin/tool", "/elsewhere");
    ASSERT_THAT(payload_.add_text(root_ / "bin/tool", "#!"), IsOk());
    const auto all = held(payload_);
    EXPECT_EQ(all.at(at("bin")).data, "usr/bin");
    EXPECT_EQ(all.at(at("usr/bin/tool")).data, "#!"); // not the host's link of that name
    EXPECT_FALSE(all.contains("/elsewhere"));
}

TEST_F(PayloadTest, LaterContentOfAPathWins) {
    const auto path = file("f", "host");
    ASSERT_THAT(payload_.add_file(path), IsOk());
    ASSERT_THAT(payload_.add_text(path, "guest"), IsOk());
    EXPECT_EQ(held(payload_).at(at("f")).data, "guest");
    EXPECT_THAT(payload_.add_symlink(path, "x"), IsErrorWith("two things of different type"));
}

} // namespace ktstr::machine
