#include "ktstr-runner/store/image_file.hpp"
#include "ktstr-runner/store/test_support.hpp"

namespace ktstr::store {

using ImageFileTest = StoreTest;

TEST_F(ImageFileTest, ReadsTheReleaseOfABzimage) {
    write(folder() / "bzImage", fake_bzimage("6.12.95-ktstr"));
    const auto image = read_image_file(folder() / "bzImage");
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->kind, ImageFile::Kind::bzimage);
    EXPECT_EQ(image->release, "6.12.95-ktstr");
    EXPECT_EQ(image->arch, "x86_64");
}

TEST_F(ImageFileTest, KeepsInsideABzimageWhoseVersionPointsOutOfIt) {
    auto image = fake_bzimage("6.12");
    image[0x20F] = '\x7F';
    write(folder() / "bzImage", image);
    const auto read = read_image_file(folder() / "bzImage");
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->release, "");
}

TEST_F(ImageFileTest, FindsTheBannerOfAnElfKernel) {
    std::string elf("\x7F"
                    "ELF\x02\x01\x01",
                    7);
    elf.resize(64);
    elf[18] = 62; // EM_X86_64
    write(folder() / "vmlinux",
          elf + "Linux version %s (%s)" + std::string("\0Linux version 6.13.2 (a@b) gcc", 31));
    const auto image = read_image_file(folder() / "vmlinux");
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->kind, ImageFile::Kind::elf);
    EXPECT_EQ(image->release, "6.13.2");
    EXPECT_EQ(image->arch, "x86_64");
}

TEST_F(ImageFileTest, RefusesWhatIsNoKernel) {
    write(folder() / "empty", "");
    write(folder() / "short", "MZ");
    write(folder() / "text", std::string(4096, 'x'));
    write(folder() / "program",
          std::string("\x7F"
                      "ELF\x02\x01\x01",
                      7) +
              std::string(64, '\0'));
    EXPECT_THAT(read_image_file(folder() / "empty"), IsErrorWith("is empty"));
    EXPECT_THAT(read_image_file(folder() / "short"), IsErrorWith("not a kernel image"));
    EXPECT_THAT(read_image_file(folder() / "text"), IsErrorWith("not a kernel image"));
    EXPECT_THAT(read_image_file(folder() / "program"), IsErrorWith("not of a Linux kernel"));
    EXPECT_THAT(read_image_file(folder() / "none"), IsErrorWith("none"));
}

} // namespace ktstr::store
