#include "cargo-ktstr/fetch/source_archive.hpp"
#include "cargo-ktstr/fetch/testing_kernel.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace ktstr::fetch {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

namespace fs = std::filesystem;

namespace {

class SourceArchiveTest : public ::testing::Test {
protected:
    Result<Unpacked> unpack(const std::string& bytes,
                            std::optional<std::string> sha256 = {},
                            ArchiveLimits limits = {}) {
        EXPECT_THAT(write_file_atomically(archive(), bytes), IsOk());
        return unpack_source(
            {.archive = archive(), .sha256 = std::move(sha256), .into = into(), .limits = limits});
    }

    Result<Unpacked> unpack(const std::vector<Member>& members) { return unpack(pack(members)); }

    fs::path archive() const { return folder_.path() / "archive"; }

    fs::path into() const { return folder_.path() / "in" / "tree"; }

    std::string contents(const std::string& name) const {
        return read_file(into() / name).value_or("absent");
    }

    // What lies beside the tree: nothing, or what an unfinished one left.
    std::vector<std::string> beside() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(into().parent_path())) {
            out.push_back(entry.path().filename().string());
        }
        return out;
    }

    void SetUp() override { fs::create_directories(into().parent_path()); }

private:
    TempDir folder_ = TempDir::create("ktstr-unpack").value();
};

} // namespace

TEST_F(SourceArchiveTest, UnpacksWhatCompressorsMake) {
    for (const auto filter : {archive_write_add_filter_xz,
                              archive_write_add_filter_gzip,
                              archive_write_add_filter_zstd,
                              archive_write_add_filter_none}) {
        const auto bytes = pack(kernel_members("6.12.1"), filter);
        fs::remove_all(into());
        const auto done = unpack(bytes, sha256_of(bytes));
        ASSERT_THAT(done, IsOk());
        EXPECT_EQ(done->files, 5U);
        EXPECT_EQ(done->sha256, sha256_of(bytes));
        EXPECT_EQ(contents("Makefile"), "# 6.12.1\n");
        EXPECT_EQ(contents("scripts/arch/core.c"), "/* core */\n");
        EXPECT_THAT(beside(), UnorderedElementsAre("tree"));
    }
}

TEST_F(SourceArchiveTest, KeepsTimesAndWhoMayExecute) {
    ASSERT_THAT(unpack({
                    {"t/a", "a", AE_IFREG, "", 0644 },
                    {"t/b", "b", AE_IFREG, "", 06777}
    }),
                IsOk());
    struct stat about{};
    ASSERT_EQ(::stat((into() / "b").c_str(), &about), 0);
    EXPECT_EQ(about.st_mtime, 1'700'000'000);
    EXPECT_EQ(about.st_mode & 07777U, 0755U);
    ASSERT_EQ(::stat((into() / "a").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0644U);
    ASSERT_EQ(::stat(into().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0755U);
}

TEST_F(SourceArchiveTest, AnotherDigestLeavesNothing) {
    const auto wrong = std::string(64, '0');
    EXPECT_THAT(unpack(pack(kernel_members("6.12.1")), wrong),
                IsErrorWith("but that of the signed list is " + wrong));
    EXPECT_THAT(beside(), IsEmpty());
}

TEST_F(SourceArchiveTest, TheDigestCountsWhatFollowsTheArchive) {
    const auto bytes = pack(kernel_members("6.12.1"));
    EXPECT_THAT(unpack(bytes + "more", sha256_of(bytes)), IsErrorWith("SHA-256"));
    EXPECT_THAT(beside(), IsEmpty());
}

TEST_F(SourceArchiveTest, AFileThatWasCutShowsInItsDigestFirst) {
    const auto bytes = pack(kernel_members("6.12.1"));
    const auto cut = bytes.substr(0, bytes.size() / 2);
    EXPECT_THAT(unpack(cut, sha256_of(bytes)), IsErrorWith("its SHA-256 is " + sha256_of(cut)));
    EXPECT_THAT(unpack(cut), IsErrorWith("cannot unpack"));
}

TEST_F(SourceArchiveTest, NamesThatLeaveTheTreeAreRefused) {
    for (const auto* name : {"/t/x", "t/../../x", "../x", "t/a/../../../x", "t/.."}) {
        EXPECT_THAT(unpack({
                        {"t/a", "a"},
                        {name,  "x"}
        }),
                    IsErrorWith("outside its own tree"))
            << name;
        EXPECT_THAT(beside(), IsEmpty());
    }
}

TEST_F(SourceArchiveTest, SymbolicLinksThatLeaveTheTreeAreRefused) {
    for (const auto* target :
         {"/etc/passwd", "../x", "..", "a/../../x", "../../t/x", "./../x", "d/.."}) {
        EXPECT_THAT(unpack({
                        {"t/d/", "", AE_IFDIR},
                        {"t/l", "", AE_IFLNK, target}
        }),
                    IsErrorWith("link out of the tree"))
            << target;
        EXPECT_THAT(beside(), IsEmpty());
    }
}

TEST_F(SourceArchiveTest, LinksInsideTheTreeAreMade) {
    ASSERT_THAT(unpack({
                    {"t/a/b/up", "", AE_IFLNK, "../../file"},
                    {"t/file", "text"},
                    {"t/a/dir", "", AE_IFLNK, "b"},
                    {"t/again", "", AE_IFREG, "t/file"},
                    {"t/dangles", "", AE_IFLNK, "a/no/such"},
    }),
                IsOk());
    EXPECT_EQ(contents("a/dir/up"), "text");
    EXPECT_EQ(contents("again"), "text");
    EXPECT_EQ(fs::hard_link_count(into() / "again"), 2U);
    EXPECT_TRUE(fs::is_symlink(into() / "dangles"));
}

TEST_F(SourceArchiveTest, NothingIsWrittenThroughALink) {
    EXPECT_THAT(unpack({
                    {"t/d/f", "f"},
                    {"t/l", "", AE_IFLNK, "d"},
                    {"t/l/x", "x"}
    }),
                IsErrorWith("behind what is no directory"));
    EXPECT_THAT(unpack({
                    {"t/l", "", AE_IFLNK, "f"},
                    {"t/l", "x"}
    }),
                IsErrorWith("comes twice"));
    EXPECT_THAT(unpack({
                    {"t/f",   "x"},
                    {"t/f/g", "x"}
    }),
                IsErrorWith("no directory"));
    EXPECT_THAT(unpack({
                    {"t/f", "x"},
                    {"t/f", "y"}
    }),
                IsErrorWith("comes twice"));
}

TEST_F(SourceArchiveTest, HardLinksOutOfTheTreeAreRefused) {
    for (const auto* target : {"/etc/passwd", "../x", "t/../x", "other/x", "t"}) {
        EXPECT_THAT(unpack({
                        {"t/a", "a"},
                        {"t/l", "", AE_IFREG, target}
        }),
                    IsErrorWith("hard link out of the tree"))
            << target;
    }
    EXPECT_THAT(unpack({
                    {"t/a", "a"},
                    {"t/l", "", AE_IFREG, "t/later"}
    }),
                IsErrorWith("no file of the tree"));
    // A second name of a link would resolve from another place.
    EXPECT_THAT(unpack({
                    {"t/a/b/l", "", AE_IFLNK, "../../x"},
                    {"t/m",     "", AE_IFREG, "t/a/b/l"}
    }),
                IsErrorWith("no file of the tree"));
    EXPECT_THAT(beside(), IsEmpty());
}

TEST_F(SourceArchiveTest, DevicesAndPipesAreRefused) {
    for (const unsigned type : {AE_IFCHR, AE_IFBLK, AE_IFIFO}) {
        EXPECT_THAT(unpack({
                        {"t/a", "a"},
                        {"t/x", "", type}
        }),
                    IsErrorWith("which no sources have"))
            << type;
    }
}

TEST_F(SourceArchiveTest, LimitsAreKept) {
    std::vector<Member> many;
    for (int i = 0; i < 20; ++i) {
        many.push_back({fmt::format("t/{}", i), std::string(100, 'x')});
    }
    const auto bytes = pack(many);
    EXPECT_THAT(unpack(bytes, {}, {.bytes = 1023, .entries = 100}),
                IsErrorWith("more than 1023 B"));
    EXPECT_THAT(unpack(bytes, {}, {.bytes = 2000, .entries = 19}),
                IsErrorWith("more than 19 files"));
    EXPECT_THAT(beside(), IsEmpty());
    EXPECT_THAT(unpack(bytes, {}, {.bytes = 2000, .entries = 20}), IsOk());
}

TEST_F(SourceArchiveTest, ABombEndsEarly) {
    // Behind the end of the tar: only the decompressor sees it.
    const auto zeros = pack({
        {"t/a", std::string(10 << 20, '\0')}
    });
    EXPECT_THAT(unpack(zeros, {}, {.bytes = 1 << 20, .entries = 10}),
                IsErrorWith("more than 1 MiB"));
    auto tail = pack(
        {
            {"t/a", "a"}
    },
        archive_write_add_filter_none);
    tail += std::string(std::size_t{20} << 20, '\0');
    EXPECT_THAT(unpack(tail, {}, {.bytes = 1 << 20, .entries = 10}),
                IsErrorWith("unpacks to more than"));
}

TEST_F(SourceArchiveTest, BrokenArchivesLeaveNothing) {
    auto members = kernel_members("6.12.1");
    std::string noise;
    for (unsigned i = 0; i < 200'000; ++i) {
        noise += static_cast<char>((i * 2654435761U) >> 13U);
    }
    members.push_back({"linux-6.12.1/noise", noise});
    for (const auto filter : {archive_write_add_filter_xz,
                              archive_write_add_filter_gzip,
                              archive_write_add_filter_zstd,
                              archive_write_add_filter_none}) {
        const auto whole = pack(members, filter);
        for (const std::size_t length : {whole.size() / 2, whole.size() / 4, std::size_t{40}}) {
            EXPECT_THAT(unpack(whole.substr(0, length)), IsErrorWith("cannot unpack")) << length;
            EXPECT_THAT(beside(), IsEmpty());
        }
    }
    EXPECT_THAT(unpack(std::string("<!DOCTYPE html><html></html>")), IsErrorWith("cannot unpack"));
    EXPECT_THAT(unpack(std::string()), IsErrorWith("cannot unpack"));
    EXPECT_THAT(unpack_source({.archive = archive() / "no", .into = into()}),
                IsErrorWith("cannot unpack"));
    EXPECT_THAT(beside(), IsEmpty());
}

TEST_F(SourceArchiveTest, OneTopDirectoryAlone) {
    EXPECT_THAT(unpack({
                    {"t/a", "a"},
                    {"u/b", "b"}
    }),
                IsErrorWith("beside its top directory t"));
    EXPECT_THAT(unpack({
                    {"t", "a"}
    }),
                IsErrorWith("t is no directory"));
    EXPECT_THAT(unpack({
                    {"t/", "", AE_IFDIR}
    }),
                IsErrorWith("it has no files"));
    EXPECT_THAT(unpack({
                    {"./", "", AE_IFDIR},
                    {"./t/", "", AE_IFDIR},
                    {"./t/a", "a"}
    }),
                IsOk());
}

TEST_F(SourceArchiveTest, NeverOverWhatIsThere) {
    fs::create_directories(into());
    EXPECT_THAT(unpack(kernel_members("6.12.1")), IsErrorWith("File exists"));
    EXPECT_THAT(beside(), UnorderedElementsAre("tree"));
    EXPECT_TRUE(fs::is_empty(into()));
}

} // namespace ktstr::fetch
