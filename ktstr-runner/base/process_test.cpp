#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace ktstr {

using namespace std::chrono_literals;

TEST(Process, CapturesBothStreamsAndTheCode) {
    const auto ran = run_captured({
        .argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}
    });
    ASSERT_THAT(ran, IsOk());
    EXPECT_EQ(ran->out, "out\n");
    EXPECT_EQ(ran->err, "err\n");
    EXPECT_EQ(ran->status.code, 3);
    EXPECT_EQ(ran->status.describe(), "exit code 3");
}

TEST(Process, NamesAProgramThatIsMissing) {
    EXPECT_THAT(run_captured({.argv = {"no-such-program-here"}}),
                IsErrorWith("`no-such-program-here`"));
}

TEST(Process, NamesADirectoryThatIsMissing) {
    EXPECT_THAT(run_captured({.argv = {"true"}, .cwd = "/no/such"}),
                IsErrorWith("cannot execute true"));
}

TEST(Process, ReportsTheSignal) {
    const auto ran = run_captured({
        .argv = {"sh", "-c", "kill -KILL $$"}
    });
    ASSERT_THAT(ran, IsOk());
    EXPECT_TRUE(ran->status.signalled);
    EXPECT_EQ(ran->status.shell_code(), 137);
}

TEST(Process, CanHaveAGroupOfItsOwn) {
    for (const auto group : {Group::ours, Group::own}) {
        auto child = Child::spawn({
            .argv = {"sleep", "1000"},
              .group = group
        });
        ASSERT_THAT(child, IsOk());
        EXPECT_EQ(::getpgid(child->pid()), group == Group::own ? child->pid() : ::getpgrp());
    }
}

TEST(Process, WaitGivesUpAtTheDeadlineAndTheDestructorKills) {
    pid_t pid = 0;
    {
        auto child = Child::spawn({
            .argv = {"sleep", "1000"}
        });
        ASSERT_THAT(child, IsOk());
        pid = child->pid();
        const auto status = child->wait(Deadline::in(20ms));
        ASSERT_THAT(status, IsOk());
        EXPECT_FALSE(status->has_value());
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Fork, KeepsTheDescriptorsThatAreNamedAlone) {
    std::array<int, 2> kept{};
    std::array<int, 2> lost{};
    ASSERT_EQ(::pipe(kept.data()), 0);
    ASSERT_EQ(::pipe(lost.data()), 0);
    auto child = Child::fork(
        [&] {
            const bool right = ::write(kept[1], "x", 1) == 1 && ::write(lost[1], "x", 1) < 0;
            ::_exit(right ? 7 : 8);
        },
        {kept[1]});
    ASSERT_THAT(child, IsOk());
    EXPECT_EQ(child->wait()->describe(), "exit code 7");
    for (const int fd : {kept[0], kept[1], lost[0], lost[1]}) {
        ::close(fd);
    }
}

TEST(Fork, ABodyThatReturnsEndsWithZeroAndOneThatThrowsByASignal) {
    auto good = Child::fork([] {}, {});
    ASSERT_THAT(good, IsOk());
    EXPECT_EQ(good->wait()->describe(), "exit code 0");
    auto bad = Child::fork([] { throw std::runtime_error("x"); }, {});
    ASSERT_THAT(bad, IsOk());
    EXPECT_TRUE(bad->wait()->signalled); // and not once more what this process does
}

TEST(Fork, IsRefusedInAProcessWithThreads) {
    std::atomic<bool> go{false};
    std::thread other([&go] { go.wait(false); });
    const auto child = Child::fork([] {}, {});
    EXPECT_THAT(child, IsErrorWith("with threads"));
    go = true;
    go.notify_all();
    other.join();
}

} // namespace ktstr
