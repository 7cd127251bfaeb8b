#include "cargo-ktstr/kernels/unpack_vmlinux.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/store/testing_compress.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace ktstr::kernels {

namespace {

using store::compressed;
using store::Filter;

// What no program makes smaller: it lies in its file as it is.
std::string noise(std::size_t size) {
    std::mt19937 generator; // NOLINT(cert-msc51-cpp): the same each time
    std::string text(size, '\0');
    std::ranges::generate(text, [&] { return static_cast<char>(generator()); });
    return text;
}

template <class T> void put(std::string& image, std::size_t at, T value) {
    std::memcpy(image.data() + at, &value, sizeof value);
}

// A bzImage of one setup sector, whose payload is 16 bytes into its code.
std::string bzimage(const std::string& payload, std::uint32_t size) {
    std::string image(0x400 + 16, '\0');
    put(image, 0x1f1, std::uint8_t{1});
    put(image, 0x202, std::uint32_t{0x5372'6448});
    put(image, 0x206, std::uint16_t{0x20f});
    put(image, 0x248, std::uint32_t{16});
    put(image, 0x24c, static_cast<std::uint32_t>(payload.size() + 4));
    image += payload;
    image.append(reinterpret_cast<const char*>(&size), sizeof size);
    return image + "what follows";
}

class UnpackVmlinuxTest : public testing::Test {
protected:
    std::optional<std::string> unpack(const std::string& image) {
        const auto from = folder_->path() / "image";
        const auto to = folder_->path() / "vmlinux";
        std::filesystem::remove(to);
        EXPECT_THAT(write_file_atomically(from, image), IsOk());
        const auto done = unpack_vmlinux(from, to);
        EXPECT_THAT(done, IsOk());
        EXPECT_EQ(*done, std::filesystem::exists(to));
        return *done ? std::optional(*read_file(to)) : std::nullopt;
    }

    Result<TempDir> folder_ = TempDir::create("ktstr-test");
    std::string kernel_ = "\x7f"
                          "ELF" +
                          std::string(600'000, 'k') + noise(600'000);
    std::uint32_t size_ = static_cast<std::uint32_t>(kernel_.size());
};

} // namespace

TEST_F(UnpackVmlinuxTest, GivesTheKernelHoweverItIsCompressed) {
    int number = 0;
    for (const Filter filter : {archive_write_add_filter_gzip,
                                archive_write_add_filter_bzip2,
                                archive_write_add_filter_lzma,
                                archive_write_add_filter_xz,
                                archive_write_add_filter_lz4,
                                archive_write_add_filter_zstd}) {
        const auto found = unpack(bzimage(compressed(kernel_, filter), size_));
        EXPECT_TRUE(found && *found == kernel_) << number; // it is long
        ++number;
    }
}

// As scripts/Makefile.lib of the kernel calls them.
TEST_F(UnpackVmlinuxTest, ReadsWhatTheProgramsOfKernelBuildsWrite) {
    for (const std::vector<std::string>& words : {
             std::vector<std::string>{"lzop", "-9", "-c"},
             std::vector<std::string>{"lz4", "-l", "-9", "-c"},
             std::vector<std::string>{
                                      "xz", "--check=crc32", "--x86", "--lzma2=dict=32MiB", "-c"}
    }) {
        ASSERT_THAT(write_file_atomically(folder_->path() / "kernel", kernel_), IsOk());
        const auto in = open_file(folder_->path() / "kernel", O_RDONLY);
        ASSERT_THAT(in, IsOk());
        const auto packed = run_captured({.argv = words, .in = in->get()});
        ASSERT_THAT(packed, IsOk());
        ASSERT_TRUE(packed->status.success()) << packed->err;
        const auto found = unpack(bzimage(packed->out, size_));
        EXPECT_TRUE(found && *found == kernel_) << words.front();
        if (words.front() == "lzop") {
            for (const std::size_t cut :
                 {packed->out.size() - 5, std::size_t{60}, std::size_t{20}}) {
                EXPECT_FALSE(unpack(bzimage(packed->out.substr(0, cut), size_))) << cut;
            }
            EXPECT_EQ(unpack(bzimage(packed->out, size_ - 1)), std::nullopt);
        }
    }
}

TEST_F(UnpackVmlinuxTest, WritesNothingOfWhatItCannotRead) {
    const auto good = compressed(kernel_, archive_write_add_filter_gzip);
    EXPECT_EQ(unpack(bzimage(good, size_ + 1)), std::nullopt);
    EXPECT_EQ(unpack(bzimage(good, 0xffff'ffff)), std::nullopt);
    EXPECT_EQ(unpack(bzimage(good.substr(0, good.size() / 2), size_)), std::nullopt);
    EXPECT_EQ(unpack(bzimage("neither this nor that", size_)), std::nullopt);
    EXPECT_EQ(
        unpack(bzimage(compressed(std::string(kernel_.size(), 'x'), archive_write_add_filter_gzip),
                       size_)),
        std::nullopt);
    auto beyond = bzimage(good, size_);
    put(beyond, 0x24c, std::uint32_t{0x7fff'ffff});
    EXPECT_EQ(unpack(beyond), std::nullopt);
    EXPECT_EQ(unpack("no kernel at all"), std::nullopt);
}

} // namespace ktstr::kernels
