#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/qemu/process_window.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace ktstr::machine::qemu {

TEST(Mappings, AreFoundByInodeAndJoined) {
    constexpr std::string_view maps =
        "5600000-5700000 r-xp 00000000 08:01 2051                       /usr/bin/qemu\n"
        "7f0000000000-7f0000100000 rw-s 00000000 00:01 2051             /memfd:ktstr-ram "
        "(deleted)\n"
        "7f0000100000-7f0000300000 rw-s 00100000 00:01 2051             /memfd:ktstr-ram "
        "(deleted)\n"
        "7f0000400000-7f0000500000 rw-p 00300000 00:01 2051             /memfd:ktstr-ram "
        "(deleted)\n"
        "7f0000500000-7f0000600000 rw-s 00000000 00:01 2052             /memfd:ktstr-ram "
        "(deleted)\n"
        "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                [stack]\n"
        "nonsense\n";
    EXPECT_EQ(mappings_of(maps, 2051, "ktstr-ram"),
              (std::vector<Mapping>{
                  {0x7f0000000000, 0x300000, 0       },
                  {0x7f0000400000, 0x100000, 0x300000}
    }));
    EXPECT_TRUE(mappings_of("", 2051, "ktstr-ram").empty());
}

TEST(ProcessWindow, ReadsAndWritesAnothersMemory) {
    constexpr std::size_t size = 1 << 20;
    const Fd file(::memfd_create("ktstr-window-test", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(file.get(), size), 0);
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0);
    ASSERT_NE(at, MAP_FAILED);
    struct stat info{};
    ASSERT_EQ(::fstat(file.get(), &info), 0);
    {
        auto window =
            ProcessWindow::open(::getpid(), info.st_ino, "ktstr-window-test", 0x10000, 0x1000);
        ASSERT_THAT(window, IsOk());
        ASSERT_THAT(window->write(0xffd, bytes_of("end")), IsOk());
        EXPECT_EQ(std::memcmp(static_cast<char*>(at) + 0x10ffd, "end", 3), 0);
        std::array<std::byte, 3> back{};
        ASSERT_THAT(window->read(0xffd, back), IsOk());
        EXPECT_EQ(std::memcmp(back.data(), "end", 3), 0);
        EXPECT_THAT(window->read(0xffe, back), IsErrorWith("outside the window"));
        EXPECT_THAT(window->write(~std::uint64_t{0}, bytes_of("x")),
                    IsErrorWith("outside the window"));
        EXPECT_THAT(ProcessWindow::open(
                        ::getpid(), info.st_ino, "ktstr-window-test", size - 0x1000, 0x2000),
                    IsErrorWith("is not in /proc/"));
    }
    ::munmap(at, size);
}

} // namespace ktstr::machine::qemu
