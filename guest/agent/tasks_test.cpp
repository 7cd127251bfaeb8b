#include "guest/agent/tasks.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace ktstr::guest {
namespace {

// A child that sleeps until the end of the test.
class Sleeper final {
public:
    Sleeper() : pid_(::fork()) {
        if (pid_ == 0) {
            while (true) {
                ::pause();
            }
        }
    }

    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    ~Sleeper() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

TEST(UserProcesses, HoldOthersButNotOneself) {
    const Sleeper sleeper;
    const auto processes = user_processes();
    const auto found = std::ranges::find(processes, sleeper.pid(), &ProcStat::pid);
    ASSERT_NE(found, processes.end());
    EXPECT_EQ(found->parent, ::getpid());
    EXPECT_EQ(std::ranges::find(processes, ::getpid(), &ProcStat::pid), processes.end());
}

TEST(UserProcesses, LeaveOutTheDead) {
    const auto pid = ::fork();
    if (pid == 0) {
        ::_exit(0);
    }
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
    const auto processes = user_processes();
    EXPECT_EQ(std::ranges::find(processes, pid, &ProcStat::pid), processes.end());
    ::waitpid(pid, nullptr, 0);
}

TEST(DescribeUserTasks, TellsWhoAndWhatAndIsBounded) {
    const Sleeper sleeper;
    const auto tasks = describe_user_tasks(100'000);
    const auto found = std::ranges::find(tasks, sleeper.pid(), &wire::Task::pid);
    ASSERT_NE(found, tasks.end());
    EXPECT_EQ(found->comm, "guest_agent_tes");
    EXPECT_EQ(found->parent, ::getpid());
    EXPECT_GE(found->cpu, 0);
    EXPECT_EQ(describe_user_tasks(1).size(), 1U);
}

} // namespace
} // namespace ktstr::guest
