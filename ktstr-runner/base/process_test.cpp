#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"

#include <signal.h>
#include <unistd.h>

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

} // namespace ktstr
