#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/image/ram_files.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ktstr::machine {
namespace {

constexpr std::uint64_t size = 8 << 20;

std::string content(int fd) {
    std::string out(size, '?');
    EXPECT_EQ(::pread(fd, out.data(), out.size(), 0), static_cast<ssize_t>(size));
    return out;
}

class RamFilesTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("ram");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        auto file = make_ram_file(size);
        ASSERT_THAT(file, IsOk());
        ram.emplace(std::move(*file));
    }

    void put(std::uint64_t at, const std::string& text) const {
        ASSERT_EQ(::pwrite(ram->fd.get(), text.data(), text.size(), static_cast<off_t>(at)),
                  static_cast<ssize_t>(text.size()));
    }

    Fd saved() const {
        auto file = open_file(ram_path(dir->path(), 0), O_RDWR | O_CREAT | O_EXCL, 0600);
        EXPECT_THAT(file, IsOk());
        EXPECT_THAT(copy_ram(ram->fd.get(), file->get(), size), IsOk());
        return std::move(*file);
    }

    std::optional<TempDir> dir;
    std::optional<RamFile> ram;
};

TEST_F(RamFilesTest, CopiesEveryByte) {
    put(0, "first");
    put(4096 * 3 - 2, "across pages");
    put((1 << 20) - 3, "across chunks");
    put(size - 4, "last");
    const auto file = saved();
    EXPECT_EQ(content(file.get()), content(ram->fd.get()));
}

TEST_F(RamFilesTest, ZerosTakeNoSpace) {
    put(2 << 20, std::string(1 << 20, '\0')); // written, but zeros
    put(4 << 20, "x");
    const auto file = saved();
    struct stat info{};
    ASSERT_EQ(::fstat(file.get(), &info), 0);
    EXPECT_EQ(static_cast<std::uint64_t>(info.st_size), size);
    EXPECT_LE(info.st_blocks * 512, 64 << 10);
}

TEST_F(RamFilesTest, OneOfAnotherSizeIsRefused) {
    saved();
    EXPECT_THAT(open_ram_file(ram_path(dir->path(), 0), size, Access::write), IsOk());
    EXPECT_THAT(open_ram_file(ram_path(dir->path(), 0), size + 4096, Access::read),
                IsErrorWith("bytes instead of"));
    EXPECT_THAT(open_ram_file(ram_path(dir->path(), 1), size, Access::read), IsErrorWith("ram1"));
}

} // namespace
} // namespace ktstr::machine
