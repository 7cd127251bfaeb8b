#include "cargo-ktstr/archives/handle.hpp"
#include "cargo-ktstr/remote/entry_archive.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/scratch_file.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <sys/stat.h>

namespace ktstr::remote {

namespace fs = std::filesystem;

namespace {

// One member as a hostile archive has it.
struct Member {
    std::string name;
    std::string text;
    unsigned type = AE_IFREG;
    std::string link = {};
    bool hard = false;
};

} // namespace

class EntryArchiveTest : public testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("ktstr-archive");
        ASSERT_THAT(folder, IsOk());
        folder_.emplace(std::move(*folder));
        fs::create_directory(from());
        fs::create_directory(into());
        auto file = scratch_file(folder_->path());
        ASSERT_THAT(file, IsOk());
        file_ = std::move(*file);
    }

    fs::path from() const { return folder_->path() / "from"; }

    fs::path into() const { return folder_->path() / "into"; }

    void write(const std::string& name, const std::string& text) const {
        ASSERT_THAT(make_directories((from() / name).parent_path()), IsOk());
        ASSERT_THAT(write_file_atomically(from() / name, text), IsOk());
    }

    // A manifest for the files among the members, then they as they are.
    void hostile(const std::vector<Member>& members, int filter = ARCHIVE_FILTER_ZSTD) {
        Manifest manifest;
        for (const auto& member : members) {
            if (member.type == AE_IFREG && is_member_name(member.name)) {
                manifest[member.name] = {.size = member.text.size(),
                                         .sha256 = sha256_of(member.text)};
            }
        }
        auto all = members;
        all.insert(all.begin(), Member{std::string(manifest_name), manifest_text(manifest)});
        raw(all, filter);
    }

    void raw(const std::vector<Member>& members, int filter = ARCHIVE_FILTER_ZSTD) {
        ASSERT_EQ(::ftruncate(file_.get(), 0), 0);
        ASSERT_EQ(::lseek(file_.get(), 0, SEEK_SET), 0);
        const archives::WriteArchive a(archive_write_new());
        archive_write_set_format_pax(a.get());
        archive_write_add_filter(a.get(), filter);
        ASSERT_EQ(archive_write_open_fd(a.get(), file_.get()), ARCHIVE_OK);
        for (const auto& member : members) {
            const archives::ArchiveEntry entry(archive_entry_new());
            archive_entry_set_pathname(entry.get(), member.name.c_str());
            archive_entry_set_filetype(entry.get(), member.type);
            archive_entry_set_perm(entry.get(), 0777);
            if (member.hard) {
                archive_entry_set_hardlink(entry.get(), member.link.c_str());
            } else if (!member.link.empty()) {
                archive_entry_set_symlink(entry.get(), member.link.c_str());
            }
            archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.text.size()));
            ASSERT_EQ(archive_write_header(a.get(), entry.get()), ARCHIVE_OK)
                << archive_error_string(a.get());
            archive_write_data(a.get(), member.text.data(), member.text.size());
        }
    }

    // It is refused, and nothing is left of it anywhere.
    void expect_refused(const std::string& why, const ArchiveLimits& limits = {}) const {
        EXPECT_THAT(unpack_entry(file_.get(), into(), limits), IsErrorWith(why));
        EXPECT_TRUE(fs::is_empty(into()));
        EXPECT_FALSE(fs::exists(folder_->path() / "evil"));
    }

    std::string bytes() const {
        std::string out(static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(file_.get(), out.data(), out.size(), 0),
                  static_cast<ssize_t>(out.size()));
        return out;
    }

    std::optional<TempDir> folder_;
    Fd file_;
};

TEST_F(EntryArchiveTest, GivesBackWhatWasPacked) {
    write("image", std::string(3'000'000, 'k') + "end");
    write("empty", "");
    write("modules/6.12/kernel/x.ko", "module");
    const auto packed = pack_entry(from(), file_.get());
    ASSERT_THAT(packed, IsOk());
    EXPECT_EQ(packed->unpacked, 3'000'009U);
    EXPECT_EQ(packed->bytes, bytes().size());
    EXPECT_LT(packed->bytes, 100'000U) << "it is compressed";
    ASSERT_THAT(unpack_entry(file_.get(), into()), IsOk());
    EXPECT_TRUE(read_file(into() / "image").value_or("") == std::string(3'000'000, 'k') + "end");
    EXPECT_EQ(read_file(into() / "empty").value_or("?"), "");
    EXPECT_EQ(read_file(into() / "modules/6.12/kernel/x.ko").value_or("?"), "module");
    EXPECT_FALSE(fs::exists(into() / manifest_name));
}

TEST_F(EntryArchiveTest, OneEntryGivesOneArchive) {
    write("image", "k");
    write("b/c", "1");
    ASSERT_THAT(pack_entry(from(), file_.get()), IsOk());
    fs::last_write_time(from() / "image", fs::file_time_type::min());
    const auto before = bytes();
    auto other = scratch_file(folder_->path());
    ASSERT_THAT(other, IsOk());
    ASSERT_THAT(pack_entry(from(), other->get()), IsOk());
    file_ = std::move(*other);
    EXPECT_EQ(bytes(), before);
}

TEST_F(EntryArchiveTest, OnlyFilesArePacked) {
    write("image", "k");
    fs::create_symlink("/etc/passwd", from() / "link");
    EXPECT_THAT(pack_entry(from(), file_.get()), IsErrorWith("cannot hold link"));
    fs::remove(from() / "link");
    write(std::string(manifest_name), "{}");
    EXPECT_THAT(pack_entry(from(), file_.get()), IsErrorWith("cannot hold ktstr-manifest.json"));
    EXPECT_THAT(pack_entry(from() / "none", file_.get()), IsErrorWith("No such file"));
}

TEST_F(EntryArchiveTest, FoldersAndPlainFilesPass) {
    hostile({
        {"modules/", "", AE_IFDIR},
        {"./modules/empty", "", AE_IFDIR},
        {"modules/x", "1"}
    });
    ASSERT_THAT(unpack_entry(file_.get(), into()), IsOk());
    EXPECT_TRUE(fs::is_directory(into() / "modules/empty"));
    struct stat status{};
    ASSERT_EQ(::stat((into() / "modules/x").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07133, 0U) << "no more than 0644, whatever the archive says";
}

TEST_F(EntryArchiveTest, NamesThatLeaveAreRefused) {
    for (const auto* name : {"../evil", "/tmp/evil", "a/../../evil", "a/./b", "a//b"}) {
        SCOPED_TRACE(name);
        hostile({
            {"image", "k"   },
            {name,    "evil"}
        });
        expect_refused("outside the entry");
        hostile({
            {"image", "k"},
            {name, "", AE_IFDIR}
        });
        expect_refused("outside the entry");
    }
}

TEST_F(EntryArchiveTest, LinksAndDevicesAreRefused) {
    for (const auto type : {AE_IFLNK, AE_IFCHR, AE_IFBLK, AE_IFIFO}) {
        hostile({
            {"image", "k"},
            {"x", "", type, type == AE_IFLNK ? "../evil" : ""}
        });
        expect_refused("neither a file nor a folder");
    }
    hostile({
        {"image", "k"},
        {"x", "", AE_IFREG, "image", true}
    });
    expect_refused("neither a file nor a folder");
}

TEST_F(EntryArchiveTest, ALinkInTheWayIsNotFollowed) {
    hostile({
        {"x", "", AE_IFLNK, ".."},
        {"x/evil", "evil"}
    });
    expect_refused("neither a file nor a folder");
}

TEST_F(EntryArchiveTest, WhatTheManifestDoesNotSayIsRefused) {
    const std::string name(manifest_name);
    const auto manifest = [](const std::string& text, std::uint64_t size) {
        return manifest_text({
            {"image", {.size = size, .sha256 = sha256_of(text)}}
        });
    };
    raw({
        {"image", "k"}
    });
    expect_refused("no manifest");
    raw({});
    expect_refused("no manifest");
    raw({
        {name, manifest("k", 1)}
    });
    expect_refused("not all files");
    raw({
        {name, manifest("k", 1)},
        {"image", "x"}
    });
    expect_refused("not as its manifest says");
    raw({
        {name, manifest("k", 2)},
        {"image", "k"}
    });
    expect_refused("not as its manifest says");
    raw({
        {name, manifest("k", 1)},
        {"image", "kk"}
    });
    expect_refused("longer than its manifest");
    raw({
        {name, manifest("k", 1)},
        {"image", "k"},
        {"other", "k"}
    });
    expect_refused("not of its manifest");
    raw({
        {name, manifest("k", 1)},
        {"image", "k"},
        {"image", "k"}
    });
    expect_refused("comes twice");
    raw({
        {name, manifest("k", 1)},
        {name, manifest("k", 1)},
        {"image", "k"}
    });
    expect_refused("not of its manifest");
    raw({
        {name, "{"}
    });
    expect_refused("not whole JSON");
}

TEST_F(EntryArchiveTest, LimitsAreKept) {
    hostile({
        {"a", "123456"},
        {"b", "12345" }
    });
    ASSERT_THAT(unpack_entry(file_.get(), into(), {.bytes = 11}), IsOk());
    fs::remove_all(into());
    fs::create_directory(into());
    expect_refused("more than 10 B", {.bytes = 10});
    expect_refused("more than 1 files", {.files = 1});
    expect_refused("manifest is too large", {.manifest = 10});
    hostile({
        {"a", "", AE_IFDIR},
        {"b", "", AE_IFDIR},
        {"c", "", AE_IFDIR}
    });
    expect_refused("too many members", {.files = 2});
}

TEST_F(EntryArchiveTest, DamageAnywhereIsSeen) {
    std::string text;
    for (unsigned i = 0; i < 60'000; ++i) { // that zstd leaves much of
        text += std::to_string(i * 2654435761U);
    }
    write("image", text);
    write("config", "CONFIG_X=y");
    ASSERT_THAT(pack_entry(from(), file_.get()), IsOk());
    const auto good = bytes();
    // The last bytes are the padding of the tar and zstd's end.
    for (std::size_t at = 0; at < good.size() - 64; at += good.size() / 61) {
        const char flipped = static_cast<char>(good[at] ^ 0x20);
        ASSERT_EQ(::pwrite(file_.get(), &flipped, 1, static_cast<off_t>(at)), 1);
        EXPECT_THAT(unpack_entry(file_.get(), into()), testing::Not(IsOk())) << at;
        EXPECT_TRUE(fs::is_empty(into()));
        ASSERT_EQ(::pwrite(file_.get(), &good[at], 1, static_cast<off_t>(at)), 1);
    }
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{10}, good.size() / 2, good.size() - 100}) {
        ASSERT_EQ(::ftruncate(file_.get(), static_cast<off_t>(size)), 0);
        EXPECT_THAT(unpack_entry(file_.get(), into()), testing::Not(IsOk())) << size;
        EXPECT_TRUE(fs::is_empty(into()));
    }
}

TEST_F(EntryArchiveTest, OtherFormatsAreRefused) {
    hostile(
        {
            {"image", "k"}
    },
        ARCHIVE_FILTER_GZIP);
    EXPECT_THAT(unpack_entry(file_.get(), into()), testing::Not(IsOk()));
    EXPECT_TRUE(fs::is_empty(into()));
}

} // namespace ktstr::remote
