#include "guest/agent/launch.hpp"
#include "guest/base/test_dir.hpp"

#include <gmock/gmock.h>

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace ktstr::guest {
namespace {

// All that comes until the end of the stream, which is not blocking.
std::string read_to_end(const Fd& fd) {
    std::string text;
    std::array<char, 4096> buffer;
    while (true) {
        pollfd wait{.fd = fd.get(), .events = POLLIN};
        ::poll(&wait, 1, -1);
        const auto got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got <= 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

Launch launch(const wire::Job& job, const std::string& cgroup = "") {
    return Starter(cgroup, job.terminal).start(job);
}

int status_of(const Launch& launched) {
    int status = -1;
    EXPECT_EQ(::waitpid(launched.pid, &status, 0), launched.pid);
    return status;
}

wire::Job shell(const std::string& script) {
    return {
        .argv = {"sh", "-c", script},
          .environment = {"PATH=/usr/bin:/bin", "WORD=from the job"}
    };
}

TEST(Launch, GivesTheProgramItsStreamsDirectoryAndEnvironment) {
    const TestDir dir;
    auto job = shell("pwd; echo $WORD; wc -c; echo wrong >&2; exit 3");
    job.cwd = dir.path();
    const auto launched = launch(job);
    ASSERT_GT(launched.pid, 0) << launched.failure;
    EXPECT_FALSE(launched.in);
    EXPECT_EQ(read_to_end(launched.out), dir.path() + "\nfrom the job\n0\n");
    EXPECT_EQ(read_to_end(launched.err), "wrong\n");
    EXPECT_EQ(WEXITSTATUS(status_of(launched)), 3);
}

TEST(Launch, MergesStreamsInTheirOrder) {
    auto job = shell("echo 1; echo 2 >&2; echo 3");
    job.merge_streams = true;
    const auto launched = launch(job);
    EXPECT_FALSE(launched.err);
    EXPECT_EQ(read_to_end(launched.out), "1\n2\n3\n");
    EXPECT_EQ(status_of(launched), 0);
}

TEST(Launch, StartsAProcessGroupWithNoSignalBlocked) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ASSERT_EQ(::sigprocmask(SIG_BLOCK, &all, &before), 0);
    const auto launched =
        launch(shell("grep SigBlk /proc/self/status; cut -d' ' -f5,6 /proc/$$/stat"));
    ASSERT_EQ(::sigprocmask(SIG_SETMASK, &before, nullptr), 0);
    // A group of its own, in our session: a session leader would take the next terminal it opens.
    const auto group = std::to_string(launched.pid);
    const auto session = std::to_string(::getsid(0));
    EXPECT_EQ(read_to_end(launched.out),
              "SigBlk:\t0000000000000000\n" + group + ' ' + session + '\n');
    EXPECT_EQ(status_of(launched), 0);
}

TEST(Launch, RunsOnATerminal) {
    auto job = shell("tty >/dev/null && stty size");
    job.terminal = wire::Terminal{.rows = 7, .columns = 70};
    const auto launched = launch(job);
    ASSERT_GT(launched.pid, 0) << launched.failure;
    EXPECT_EQ(read_to_end(launched.out), "7 70\r\n");
    EXPECT_EQ(status_of(launched), 0);
}

TEST(Launch, SaysWhyAProgramCannotBeExecuted) {
    const auto missing = launch({.argv = {"/no/such"}});
    EXPECT_EQ(missing.pid, -1);
    EXPECT_EQ(missing.error, ENOENT);
    EXPECT_EQ(missing.failure, "cannot execute /no/such: No such file or directory");

    const auto unknown = launch({.argv = {"no-such-program"}, .environment = {"PATH=/bin"}});
    EXPECT_EQ(unknown.error, ENOENT);
    EXPECT_THAT(unknown.failure, testing::HasSubstr("not found on PATH /bin"));

    const auto nowhere = launch({.argv = {"/bin/sh"}, .cwd = "/no/such"});
    EXPECT_EQ(nowhere.error, ENOENT);
    EXPECT_THAT(nowhere.failure, testing::HasSubstr("working directory /no/such"));
}

TEST(Starter, TellsWhatItCouldNotDoAhead) {
    const TestDir dir;
    Starter starter(dir.path() + "/no/cgroup");
    // The child may have ended before the order is written.
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    const auto launched = starter.start(shell("exit 0"));
    ::signal(SIGPIPE, before);
    EXPECT_EQ(launched.pid, -1);
    EXPECT_THAT(launched.failure, testing::HasSubstr("/no/cgroup"));
}

TEST(Starter, TakesOrdersThatAPipeDoesNotHold) {
    auto job = shell("echo ${#LONG}");
    job.environment.push_back("LONG=" + std::string(100'000, 'x'));
    const auto launched = launch(job);
    EXPECT_EQ(read_to_end(launched.out), "100000\n");
    EXPECT_EQ(status_of(launched), 0);
}

TEST(Starter, LeavesNoProcessWhenNothingIsStarted) {
    {
        Starter first("");
        first = Starter("");
    }
    siginfo_t info;
    EXPECT_EQ(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

} // namespace
} // namespace ktstr::guest
