#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/kvm/confine.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace ktstr::machine::kvm {

namespace {

// How a process ends that is confined and then does this. 77: it could not be confined.
ExitStatus confined(const std::function<int()>& body) {
    auto child = Child::fork(
        [&body] {
            if (!drop_privileges() || !filter_system_calls()) {
                ::_exit(77);
            }
            ::_exit(body());
        },
        {});
    EXPECT_THAT(child, IsOk());
    const auto status = child->wait();
    EXPECT_THAT(status, IsOk());
    return status ? *status : ExitStatus{};
}

void expect_killed(const ExitStatus& status) {
    EXPECT_TRUE(status.signalled) << status.describe();
    EXPECT_EQ(status.code, SIGSYS) << status.describe();
    EXPECT_EQ(status.describe(), "signal 31 (Bad system call)");
}

} // namespace

TEST(Confine, LeavesWhatAVmmDoes) {
    const auto status = confined([] {
        std::vector<std::string> words;
        for (int i = 0; i < 1000; ++i) { // memory
            words.emplace_back(10000, 'x');
        }
        return words.size() == 1000 && ::getpid() > 0 ? 5 : 1;
    });
    EXPECT_EQ(status.describe(), "exit code 5");
}

TEST(Confine, AForbiddenCallKills) {
    expect_killed(confined([] { return ::open("/etc/passwd", O_RDONLY); }));
    expect_killed(confined([] { return ::socket(AF_INET, SOCK_STREAM, 0); }));
    expect_killed(confined([] { return ::fork(); }));
    expect_killed(confined([] { return ::execl("/bin/true", "true", nullptr); }));
    expect_killed(confined([] { return ::kill(1, 0); }));
}

// What the kernel says of the process, a line of /proc/self/status.
std::string status_line(const std::string& name) {
    const auto text = read_file("/proc/self/status");
    const auto at = text ? text->find(name + ":\t") : std::string::npos;
    return at == std::string::npos ? "" : text->substr(at, text->find('\n', at) - at);
}

TEST(Confine, NoPrivilegeIsLeftNorToBeHad) {
    auto child = Child::fork(
        [] {
            if (!drop_privileges()) {
                ::_exit(77);
            }
            const bool none = status_line("CapEff") == "CapEff:\t0000000000000000" &&
                              status_line("CapPrm") == "CapPrm:\t0000000000000000" &&
                              status_line("NoNewPrivs") == "NoNewPrivs:\t1";
            ::_exit(none ? 0 : 1);
        },
        {});
    ASSERT_THAT(child, IsOk());
    EXPECT_EQ(child->wait()->describe(), "exit code 0");
}

TEST(Confine, ASignalGoesToAThreadOfItsOwnAlone) {
    EXPECT_EQ(confined([] { return ::tgkill(::getpid(), ::gettid(), 0) == 0 ? 0 : 1; }).describe(),
              "exit code 0");
    const auto parent = ::getpid();
    expect_killed(confined([parent] { return ::tgkill(parent, parent, 0); }));
}

TEST(Confine, NoMemoryBecomesCode) {
    expect_killed(confined([] {
        return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
               MAP_FAILED;
    }));
}

TEST(Confine, OnlyKvmIsAskedByIoctl) {
    expect_killed(confined([] {
        int count = 0;
        return ::ioctl(0, FIONREAD, &count);
    }));
}

TEST(Confine, HoldsForThreadsThatAreThere) {
    auto child = Child::fork(
        [] {
            std::atomic<bool> go{false};
            std::thread other([&go] {
                go.wait(false);
                ::open("/etc/passwd", O_RDONLY);
            });
            if (!filter_system_calls()) {
                ::_exit(77);
            }
            go = true;
            go.notify_all();
            other.join();
            ::_exit(0);
        },
        {});
    ASSERT_THAT(child, IsOk());
    expect_killed(*child->wait());
}

} // namespace ktstr::machine::kvm
