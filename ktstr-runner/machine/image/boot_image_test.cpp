#include "guest/wire/cpio.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/image/boot_image.hpp"
#include "ktstr-runner/machine/image/embedded_init.hpp"

#include <sys/stat.h>

#include <map>

namespace ktstr::machine {

namespace {

std::map<std::string, wire::cpio::Entry> entries_of(const std::string& archive) {
    std::map<std::string, wire::cpio::Entry> out;
    wire::cpio::Reader reader(bytes_of(archive));
    while (const auto item = reader.next()) {
        out[item->entry.name] = item->entry;
    }
    EXPECT_TRUE(reader.ok());
    return out;
}

Result<std::string> stamp_of(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? Result<std::string>(fail(ErrorKind::environment, path.string()))
                 : std::to_string(size);
}

class BootImageTest : public testing::Test {
protected:
    Result<TempDir> cache_ = TempDir::create("boot");
    Result<Payload> userland_ = userland();
};

} // namespace

TEST_F(BootImageTest, HoldsInitAndTheConsole) {
    const auto image = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(image, IsOk());
    const auto content = read_file(image->path);
    ASSERT_THAT(content, IsOk());
    EXPECT_EQ(image->digest, sha256_of(*content));
    EXPECT_EQ(image->path, cache_->path() / "boot" / (image->digest + ".cpio"));
    const auto entries = entries_of(*content);
    EXPECT_EQ(entries.at("init").mode, S_IFREG | 0755U);
    EXPECT_EQ(entries.at("init").size, embedded_init().bytes.size());
    EXPECT_EQ(entries.at("dev/console").mode, S_IFCHR | 0600U);
    EXPECT_EQ(entries.at("dev/console").rdev_major, 5U);
    EXPECT_EQ(entries.at("dev/console").rdev_minor, 1U);
    EXPECT_EQ(entries.at("tmp").mode, S_IFDIR | 01777U);
    const auto& bin = entries.at("bin").mode;
    EXPECT_EQ(image->has_busybox,
              entries.contains(S_ISLNK(bin) ? "usr/bin/busybox" : "bin/busybox"));
    EXPECT_FALSE(std::filesystem::exists("/bin/sh") && !entries.contains("bin/sh") &&
                 !entries.contains("usr/bin/sh"));
}

TEST_F(BootImageTest, SecondCallTakesTheFileThatIsThere) {
    const auto first = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(first, IsOk());
    const auto written = std::filesystem::last_write_time(first->path);
    const auto second = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(second->path, first->path);
    EXPECT_EQ(second->digest, first->digest);
    EXPECT_EQ(second->has_busybox, first->has_busybox);
    EXPECT_EQ(std::filesystem::last_write_time(first->path), written);
}

TEST_F(BootImageTest, AnotherUserlandIsAnotherImage) {
    const auto first = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(first, IsOk());
    ASSERT_THAT(userland_->add_text("/etc/more", "text"), IsOk());
    const auto second = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(second, IsOk());
    EXPECT_NE(second->digest, first->digest);
    const auto content = read_file(second->path);
    ASSERT_THAT(content, IsOk());
    EXPECT_TRUE(entries_of(*content).contains("etc/more"));
}

TEST_F(BootImageTest, TruncatedOrMissingFileIsMadeAgain) {
    const auto first = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(first, IsOk());
    const auto size = std::filesystem::file_size(first->path);
    std::filesystem::resize_file(first->path, size / 2);
    ASSERT_THAT(boot_image(cache_->path(), *userland_, stamp_of), IsOk());
    EXPECT_EQ(std::filesystem::file_size(first->path), size);
    std::filesystem::remove(first->path);
    ASSERT_THAT(boot_image(cache_->path(), *userland_, stamp_of), IsOk());
    EXPECT_EQ(std::filesystem::file_size(first->path), size);
}

TEST_F(BootImageTest, BrokenIndexIsMadeAgain) {
    const auto first = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(first, IsOk());
    for (const auto& entry : std::filesystem::directory_iterator(cache_->path() / "boot")) {
        if (entry.path().extension() == ".index") {
            std::filesystem::resize_file(entry.path(), 10);
        }
    }
    const auto second = boot_image(cache_->path(), *userland_, stamp_of);
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(second->digest, first->digest);
}

TEST_F(BootImageTest, UnusableCacheIsNamed) {
    EXPECT_THAT(boot_image("/proc/none", *userland_, stamp_of),
                IsErrorWith("cannot make the boot image in /proc/none/boot"));
}

TEST(EmbeddedInit, IsAnElfWithItsDigest) {
    const auto init = embedded_init();
    const std::string text(reinterpret_cast<const char*>(init.bytes.data()), init.bytes.size());
    EXPECT_TRUE(text.starts_with("\x7F"
                                 "ELF"));
    EXPECT_EQ(init.digest, sha256_of(text));
}

} // namespace ktstr::machine
