#include "guest/wire/cpio.hpp"

#include <gmock/gmock.h>

#include <string>

namespace ktstr::wire::cpio {

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string file(const std::string& name, const std::string& data) {
    const Entry entry{
        .name = name, .mode = 0100644, .size = static_cast<std::uint32_t>(data.size())};
    return header(entry, 1) + data + std::string(padding(data.size()), '\0');
}

} // namespace

TEST(Cpio, HeaderIsNewcToTheByte) {
    const auto text = header({.name = "a", .mode = 0100755, .mtime = 0x12345678, .size = 3}, 7);
    EXPECT_EQ(
        text,
        std::string(
            "070701000000070000"
            "81ED00000000000000000000000112345678000000030000000000000000000000000000000000000002"
            "00000000a") +
            std::string(1, '\0'));
}

TEST(Cpio, HeaderPadsTheNameToFourBytes) {
    for (std::size_t length = 1; length < 9; ++length) {
        EXPECT_EQ(header({.name = std::string(length, 'x')}, 1).size() % 4, 0U) << length;
    }
}

TEST(Cpio, DirectoryHasTwoLinks) {
    EXPECT_EQ(header({.name = "d", .mode = 0040755}, 1).substr(6 + 4 * 8, 8), "00000002");
    EXPECT_EQ(header({.name = "f", .mode = 0100644}, 1).substr(6 + 4 * 8, 8), "00000001");
}

TEST(CpioReader, ReadsBackWhatWasWritten) {
    const auto archive =
        header({.name = "dev", .mode = 0040755, .mtime = 9}, 1) +
        header({.name = "dev/console", .mode = 0020600, .rdev_major = 5, .rdev_minor = 1}, 2) +
        file("empty", "") + file("five", "12345") + end();
    Reader reader(bytes_of(archive));
    const auto dir = reader.next();
    ASSERT_TRUE(dir);
    EXPECT_EQ(dir->entry.name, "dev");
    EXPECT_EQ(dir->entry.mode, 0040755U);
    EXPECT_EQ(dir->entry.mtime, 9U);
    const auto console = reader.next();
    ASSERT_TRUE(console);
    EXPECT_EQ(console->entry.rdev_major, 5U);
    EXPECT_EQ(console->entry.rdev_minor, 1U);
    const auto empty = reader.next();
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->data.size(), 0U);
    const auto five = reader.next();
    ASSERT_TRUE(five);
    EXPECT_EQ(text_of(five->data), "12345");
    EXPECT_FALSE(reader.ok());
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.ok());
}

TEST(CpioReader, KeepsNamesThatAreNotUtf8) {
    const auto archive = file("\xFF\xFE", "x") + end();
    Reader reader(bytes_of(archive));
    const auto item = reader.next();
    ASSERT_TRUE(item);
    EXPECT_EQ(item->entry.name, "\xFF\xFE");
}

TEST(CpioReader, StopsNotOkAtEveryCut) {
    const auto whole = file("name", "some data") + end();
    const auto trailer_at = whole.size() - end().size();
    for (std::size_t size = 0; size < trailer_at + header_size; ++size) {
        const auto cut = whole.substr(0, size);
        Reader reader(bytes_of(cut));
        while (reader.next()) {
        }
        EXPECT_FALSE(reader.ok()) << size;
    }
}

TEST(CpioReader, RefusesWhatIsNotCpio) {
    const auto good = file("name", "data");
    const auto broken = [&](std::size_t at, const std::string& with) {
        auto text = good;
        text.replace(at, with.size(), with);
        Reader reader(bytes_of(text));
        return !reader.next() && !reader.ok();
    };
    EXPECT_TRUE(broken(0, "070702"));            // the checksum variant
    EXPECT_TRUE(broken(6 + 6 * 8, "FFFFFFFF"));  // size beyond the end
    EXPECT_TRUE(broken(6 + 6 * 8, "0000000G"));  // no hex digit
    EXPECT_TRUE(broken(6 + 6 * 8, "-0000001"));  // a sign
    EXPECT_TRUE(broken(6 + 11 * 8, "00000000")); // no name
    EXPECT_TRUE(broken(6 + 11 * 8, "FFFFFFFF")); // name beyond the end
    EXPECT_TRUE(broken(6 + 11 * 8, "00001001")); // name longer than a path may be
}

} // namespace ktstr::wire::cpio
