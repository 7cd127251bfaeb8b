#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/protocol/native.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

namespace ktstr::protocol {
namespace {

struct Ended {
    std::string out;
    ExitStatus status;
};

// Runs exec_natively in a child whose stdout is a pipe.
Ended in_child(const std::vector<std::string>& argv) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const auto pid = ::fork();
    if (pid == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        const auto error = exec_natively(argv);
        ::_exit(static_cast<int>(error.frames().size()) + 100);
    }
    ::close(ends[1]);
    Ended out;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        out.out.append(buffer.data(), static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    out.status = ExitStatus::from_wait(status);
    return out;
}

TEST(Native, OutputAndExitCodeAreTheProgramsOwn) {
    const auto ended = in_child({"/bin/sh", "-c", "printf 'a::b: test\\n'; exit 7"});
    EXPECT_EQ(ended.out, "a::b: test\n");
    EXPECT_EQ(ended.status.code, 7);
    EXPECT_FALSE(ended.status.signalled);
}

TEST(Native, SignalsAreTheProgramsOwn) {
    const auto ended = in_child({"/bin/sh", "-c", "kill -SEGV $$"});
    EXPECT_TRUE(ended.status.signalled);
    EXPECT_EQ(ended.status.code, SIGSEGV);
}

TEST(Native, ArgumentsArriveUntouched) {
    EXPECT_EQ(in_child({"/bin/sh", "-c", "printf '%s|' \"$@\"", "x", "a b", "", "--list"}).out,
              "a b||--list|");
}

TEST(Native, WhatCannotStartIsAnErrorWithAHint) {
    const auto folder = TempDir::create("native");
    const auto file = [&](const std::string& name, const std::string& content, bool executable) {
        const auto path = folder->path() / name;
        std::ofstream(path) << content;
        std::filesystem::permissions(
            path, executable ? std::filesystem::perms(0755) : std::filesystem::perms(0644));
        return path.string();
    };
    EXPECT_THAT(exec_natively({"/no/such/binary"}).render(), testing::HasSubstr("No such file"));
    EXPECT_THAT(exec_natively({file("plain", "x", false)}).render(),
                testing::HasSubstr("not executable"));
    EXPECT_THAT(exec_natively({file("junk",
                                    "\x7f"
                                    "ELFjunk",
                                    true)})
                    .render(),
                testing::HasSubstr("another architecture"));
    EXPECT_THAT(exec_natively({file("script", "#!/no/such/loader\n", true)}).render(),
                testing::HasSubstr("dynamic loader"));
}

} // namespace
} // namespace ktstr::protocol
