#include "guest/base/test_dir.hpp"
#include "guest/init/userland.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;
using testing::Optional;

bool is_link(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

TEST(EtcFiles, AreWrittenOnlyWhereNoneIs) {
    const TestDir dir;
    dir.write("etc/passwd", "mine\n");
    write_etc(dir.path());
    EXPECT_EQ(read_file(dir.path() + "/etc/passwd"), "mine\n");
    EXPECT_THAT(read_file(dir.path() + "/etc/hosts"), Optional(HasSubstr("127.0.0.1\tlocalhost")));
    for (const auto& file : etc_files()) {
        EXPECT_TRUE(std::string_view(file.text).ends_with('\n')) << file.name;
    }
}

TEST(MergeUsr, MovesWhatIsThereAndLinks) {
    const TestDir dir;
    dir.write("bin/busybox", "bb");
    dir.write("lib/x86_64-linux-gnu/libc.so.6", "libc");
    dir.write("usr/lib/x86_64-linux-gnu/libm.so.6", "libm");
    merge_usr(dir.path());
    for (const std::string name : {"bin", "sbin", "lib", "lib64"}) {
        EXPECT_TRUE(is_link(dir.path() + '/' + name)) << name;
    }
    EXPECT_EQ(read_file(dir.path() + "/bin/busybox"), "bb");
    EXPECT_EQ(read_file(dir.path() + "/usr/bin/busybox"), "bb");
    EXPECT_EQ(read_file(dir.path() + "/lib/x86_64-linux-gnu/libc.so.6"), "libc");
    EXPECT_EQ(read_file(dir.path() + "/lib/x86_64-linux-gnu/libm.so.6"), "libm");
}

TEST(MergeUsr, IsDoneOnce) {
    const TestDir dir;
    dir.write("bin/sh", "sh");
    merge_usr(dir.path());
    merge_usr(dir.path());
    EXPECT_EQ(read_file(dir.path() + "/bin/sh"), "sh");
    EXPECT_TRUE(is_link(dir.path() + "/bin"));
}

TEST(MergeUsr, KeepsADirectoryThatHoldsAnotherFileOfTheSameName) {
    const TestDir dir;
    dir.write("bin/sh", "one");
    dir.write("usr/bin/sh", "other");
    merge_usr(dir.path());
    EXPECT_FALSE(is_link(dir.path() + "/bin"));
    EXPECT_EQ(read_file(dir.path() + "/bin/sh"), "one");
    EXPECT_EQ(read_file(dir.path() + "/usr/bin/sh"), "other");
}

} // namespace
} // namespace ktstr::guest
