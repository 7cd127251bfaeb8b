#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/image/archive.hpp"

#include <sys/stat.h>

namespace ktstr::machine {

namespace {

Archive::Item
file_of(const std::string& name, const std::filesystem::path& path, std::uint32_t size) {
    return {
        .entry = {.name = name, .mode = S_IFREG | 0644U, .size = size},
          .content = path
    };
}

Result<std::string> bytes_of_archive(const Archive& archive) {
    std::string out;
    TRY(archive.emit([&](std::uint64_t offset, std::span<const std::byte> bytes) -> Result<> {
        EXPECT_EQ(offset, out.size());
        EXPECT_FALSE(bytes.empty());
        out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
    }));
    return out;
}

class ArchiveTest : public testing::Test {
protected:
    std::filesystem::path file(const std::string& content) {
        const auto path = directory_->path() / "file";
        EXPECT_THAT(write_file_atomically(path, content), IsOk());
        return path;
    }

    Result<TempDir> directory_ = TempDir::create("archive");
    Archive archive_;
};

} // namespace

TEST_F(ArchiveTest, GivesWhatWasAddedInOrder) {
    const std::string big(1'000'003, 'b'); // more than a buffer, and not a multiple of four
    const std::string fixed = "fixed";
    ASSERT_THAT(archive_.add(directory_item("d", 0750, 7)), IsOk());
    ASSERT_THAT(archive_.add(link_item("d/l", "../t")), IsOk());
    ASSERT_THAT(archive_.add(text_item("t", "text", 0600)), IsOk());
    ASSERT_THAT(archive_.add(file_of("d/f", file(big), 1'000'003)), IsOk());
    ASSERT_THAT(archive_.add({
                    .entry = {.name = "b", .mode = S_IFREG | 0755U},
                      .content = bytes_of(fixed)
    }),
                IsOk());

    const auto whole = bytes_of_archive(archive_);
    ASSERT_THAT(whole, IsOk());
    EXPECT_EQ(whole->size(), archive_.size());
    wire::cpio::Reader reader(bytes_of(*whole));
    std::vector<std::pair<std::string, std::string>> seen;
    std::vector<std::uint32_t> modes;
    while (const auto item = reader.next()) {
        seen.emplace_back(
            item->entry.name,
            std::string(reinterpret_cast<const char*>(item->data.data()), item->data.size()));
        modes.push_back(item->entry.mode);
    }
    EXPECT_TRUE(reader.ok());
    const std::vector<std::pair<std::string, std::string>> expected{
        {"d",   ""     },
        {"d/l", "../t" },
        {"t",   "text" },
        {"d/f", big    },
        {"b",   "fixed"}
    };
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(modes, (std::vector<std::uint32_t>{0040750, 0120777, 0100600, 0100644, 0100755}));
}

TEST_F(ArchiveTest, EmptyOneIsAnArchive) {
    const auto whole = bytes_of_archive(archive_);
    ASSERT_THAT(whole, IsOk());
    EXPECT_EQ(whole->size(), archive_.size());
    wire::cpio::Reader reader(bytes_of(*whole));
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
}

TEST_F(ArchiveTest, SecondOfANameReplacesTheFirstInItsPlace) {
    ASSERT_THAT(archive_.add(text_item("a", "old", 0644)), IsOk());
    ASSERT_THAT(archive_.add(text_item("b", "", 0644)), IsOk());
    ASSERT_THAT(archive_.add(text_item("a", "newer", 0644)), IsOk());
    ASSERT_EQ(archive_.items().size(), 2U);
    EXPECT_EQ(archive_.items()[0].entry.name, "a");
    EXPECT_EQ(archive_.items()[0].entry.size, 5U);
    EXPECT_THAT(archive_.add(directory_item("a", 0755)),
                IsErrorWith("two things of different type"));
}

TEST_F(ArchiveTest, LeavesOutWhatAnotherHasInTheSameWay) {
    Archive there;
    ASSERT_THAT(there.add(directory_item("dir", 0755)), IsOk());
    ASSERT_THAT(there.add(text_item("dir/same", "text", 0644)), IsOk());
    ASSERT_THAT(there.add(text_item("dir/other", "text", 0644)), IsOk());
    ASSERT_THAT(there.add(text_item("dir/mode", "text", 0755)), IsOk());
    Archive archive;
    ASSERT_THAT(archive.add(directory_item("dir", 0755, 5)), IsOk()); // somebody put a file there
    ASSERT_THAT(archive.add(text_item("dir/same", "text", 0644)), IsOk());
    ASSERT_THAT(archive.add(text_item("dir/other", "tert", 0644)), IsOk());
    ASSERT_THAT(archive.add(text_item("dir/mode", "text", 0644)), IsOk());
    archive.leave_out(there);
    EXPECT_EQ(archive.items().size(), 2U);
    EXPECT_EQ(archive.find("dir/same"), nullptr);
    ASSERT_NE(archive.find("dir/other"), nullptr);
    EXPECT_EQ(std::get<std::string>(archive.find("dir/other")->content), "tert");
    ASSERT_NE(archive.find("dir/mode"), nullptr);
    EXPECT_EQ(archive.find("dir"), nullptr);
}

TEST_F(ArchiveTest, ChangedFileIsAnErrorThatNamesIt) {
    ASSERT_THAT(archive_.add(file_of("f", file("12345"), 5)), IsOk());
    file("1234");
    EXPECT_THAT(
        bytes_of_archive(archive_),
        IsErrorWith(
            "/file changed while it was being handed to the machine: it had 5 bytes, now 4"));
    file("123456");
    EXPECT_THAT(bytes_of_archive(archive_), IsErrorWith("now 6"));
    file("54321");
    EXPECT_THAT(bytes_of_archive(archive_), IsOk());
    std::filesystem::remove(directory_->path() / "file");
    EXPECT_THAT(bytes_of_archive(archive_), IsErrorWith("No such file"));
}

TEST_F(ArchiveTest, FileThatBecameAPipeDoesNotHang) {
    const auto path = file("");
    ASSERT_THAT(archive_.add(file_of("f", path, 0)), IsOk());
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_THAT(bytes_of_archive(archive_), IsErrorWith("changed"));
}

TEST_F(ArchiveTest, ErrorOfTheSinkEndsIt) {
    ASSERT_THAT(archive_.add(text_item("t", std::string(1 << 20, 'x'), 0644)), IsOk());
    int calls = 0;
    const auto result = archive_.emit([&](std::uint64_t, std::span<const std::byte>) -> Result<> {
        ++calls;
        return fail(ErrorKind::environment, "no room");
    });
    EXPECT_THAT(result, IsErrorWith("no room"));
    EXPECT_EQ(calls, 1);
}

} // namespace ktstr::machine
