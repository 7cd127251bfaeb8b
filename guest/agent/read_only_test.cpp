#include "guest/agent/read_only.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

namespace ktstr::guest {

namespace {

// What a process that sees all files so gets when it opens one to write; -1: it cannot see them so.
int error_of_writing(const char* path) {
    const auto pid = ::fork();
    if (pid == 0) {
        if (!make_all_read_only()) {
            ::_exit(255);
        }
        ::_exit(::open(path, O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST(ReadOnly, HoldsForAllFilesAndNobodyElse) {
    const auto file =
        std::filesystem::temp_directory_path() / ("ktstr-read-only-" + std::to_string(::getpid()));
    const int error = error_of_writing(file.c_str());
    if (error < 0) {
        GTEST_SKIP() << "mount namespaces cannot be made here";
    }
    EXPECT_EQ(error, EROFS);
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(error_of_writing("/proc/sys/vm/swappiness"), EROFS);
    EXPECT_EQ(error_of_writing("/dev/null"), 0);
    const int ours = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    EXPECT_GE(ours, 0);
    ::close(ours);
    std::filesystem::remove(file);
}

} // namespace ktstr::guest
