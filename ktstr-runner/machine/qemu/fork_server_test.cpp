// The fork server in a process with threads of its own (testing/fork_subject.cpp).
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/image/ram_files.hpp"
#include "ktstr-runner/machine/qemu/fork_client.hpp"
#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"
#include "ktstr-runner/machine/qemu/libraries.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace ktstr::machine::qemu {

namespace {

using namespace std::chrono_literals;

struct Ends {
    Fd ours;
    Fd theirs;
};

Ends make_ends(int type) {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

Fd open_pidfd(pid_t pid) {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// Says a line and takes the answer; "" when there is none within ten seconds.
std::string ask(const Fd& monitor, const std::string& line) {
    EXPECT_THAT(write_all(monitor.get(), line + "\n"), IsOk());
    std::string answer;
    const auto deadline = Deadline::in(10s);
    for (;;) {
        pollfd ready{.fd = monitor.get(), .events = POLLIN, .revents = 0};
        char byte = 0;
        if (::poll(&ready, 1, deadline.poll_timeout()) <= 0 ||
            ::read(monitor.get(), &byte, 1) <= 0) {
            return "";
        }
        if (byte == '\n') {
            return answer;
        }
        answer += byte;
    }
}

// More of them by hand: KTSTR_TEST_FORK_SERVERS=1000
int servers() {
    constexpr int usual = 20;
    const auto wished = env("KTSTR_TEST_FORK_SERVERS");
    return wished ? std::stoi(*wished) : usual;
}

class ForkServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto library = file_of(Library::fork_server);
        ASSERT_TRUE(library.has_value());
        auto monitor = make_ends(SOCK_STREAM);
        auto control = make_ends(SOCK_SEQPACKET);
        auto ram = make_ram_file(1 << 20);
        ASSERT_THAT(ram, IsOk());
        auto words = environment();
        words.push_back(fmt::format("LD_PRELOAD=/proc/self/fd/{}", library->get()));
        words.push_back(fmt::format(
            "{}={},{}", fork_server::variable, control.theirs.get(), monitor.theirs.get()));
        auto child = Child::spawn({
            .argv = {KTSTR_FORK_SUBJECT,
                     std::to_string(monitor.theirs.get()),
                     std::to_string(ram->fd.get())},
            .environment = words,
            .keep = {monitor.theirs.get(), control.theirs.get(), ram->fd.get(), library->get()}
        });
        ASSERT_THAT(child, IsOk());
        subject_.emplace(std::move(*child));
        monitor_ = std::move(monitor.ours);
        control_ = std::move(control.ours);
        ASSERT_EQ(ask(monitor_, "call"), "2 1");
        ASSERT_TRUE(has_library(control_.get()));
    }

    // The next server has the same name.
    void TearDown() override {
        if (pidfd_) {
            end_server();
        }
    }

    void end_server() {
        ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
        EXPECT_TRUE(ends());
        pidfd_.reset();
    }

    // It is the owner's to end from here on.
    void serve(const Fd& owner) {
        ASSERT_EQ(ask(monitor_, "write template"), "written");
        ASSERT_THAT(begin_to_serve(control_.get(), name_, owner.get(), "a note"), IsOk());
        pidfd_ = open_pidfd(subject_->pid());
        subject_->release();
    }

    struct Subject {
        Forked forked;
        Fd monitor;
        Fd out;
    };

    std::optional<Subject> fork(std::string_view what_for = {}) const {
        return fork_of(name_, what_for);
    }

    static std::optional<Subject> fork_of(const std::string& name, std::string_view what_for) {
        auto monitor = make_ends(SOCK_STREAM);
        auto out = make_pipe();
        EXPECT_THAT(out, IsOk());
        auto forked = ask_for_fork(
            name, {monitor.theirs.get(), out->write.get(), out->write.get()}, what_for);
        EXPECT_THAT(forked, IsOk());
        if (!forked || !*forked) {
            return std::nullopt;
        }
        return Subject{std::move(**forked), std::move(monitor.ours), std::move(out->read)};
    }

    // Whether the server is gone within ten seconds.
    bool ends() const {
        pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
        return ::poll(&ended, 1, 10'000) == 1;
    }

    std::string name_ = fmt::format("ktstr-fork-server-test/{}", ::getpid());
    std::optional<Child> subject_;
    Fd monitor_;
    Fd control_;
    Fd pidfd_;
};

} // namespace

TEST_F(ForkServerTest, ForksHaveAllThreadsAndAreApart) {
    serve(open_pidfd(::getpid()));
    auto first = fork();
    auto second = fork();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->forked.note, "a note");
    EXPECT_NE(first->forked.child.pid(), second->forked.child.pid());
    for (const auto* const one : {&*first, &*second}) {
        EXPECT_EQ(ask(one->monitor, "read"), "template");
        EXPECT_EQ(ask(one->monitor, "lock"), "mine");
    }
    EXPECT_EQ(ask(first->monitor, "write first"), "written");
    EXPECT_EQ(ask(second->monitor, "read"), "template");
    // Where the server stood: one round each, and none of another fork's.
    EXPECT_EQ(ask(first->monitor, "call"), "4 2");
    EXPECT_EQ(ask(first->monitor, "call"), "8 3");
    EXPECT_EQ(ask(second->monitor, "call"), "4 2");
    EXPECT_EQ(ask(first->monitor, "read"), "first");
    const auto third = fork();
    ASSERT_TRUE(third.has_value());
    EXPECT_EQ(ask(third->monitor, "read"), "template");
    EXPECT_EQ(ask(third->monitor, "call"), "4 2");
    EXPECT_EQ(ask(third->monitor, "say hello"), "said");
    std::array<char, 5> said{};
    EXPECT_EQ(::read(third->out.get(), said.data(), said.size()), 5);
    EXPECT_EQ(std::string(said.data(), said.size()), "hello");
}

// Wherever the threads were: each server has stopped them somewhere else.
TEST_F(ForkServerTest, AnyMomentWillDo) {
    for (int server = 0; server < servers(); ++server) {
        if (server != 0) {
            ASSERT_NO_FATAL_FAILURE(SetUp());
        }
        serve(open_pidfd(::getpid()));
        for (int i = 0; i < 10; ++i) {
            const auto one = fork();
            ASSERT_TRUE(one.has_value()) << "fork " << i << " of server " << server;
            ASSERT_EQ(ask(one->monitor, "call"), "4 2") << "fork " << i << " of server " << server;
        }
        end_server();
    }
}

TEST_F(ForkServerTest, TellsHowAForkHasEnded) {
    serve(open_pidfd(::getpid()));
    auto exits = fork();
    auto aborts = fork();
    auto killed = fork();
    ASSERT_TRUE(exits && aborts && killed);
    EXPECT_EQ(ask(exits->monitor, "exit 7"), "");
    EXPECT_EQ(exits->forked.child.wait().value().describe(), "exit code 7");
    EXPECT_EQ(ask(aborts->monitor, "abort"), "");
    EXPECT_EQ(aborts->forked.child.wait().value().code, SIGABRT);
    killed->forked.child.kill();
    EXPECT_EQ(killed->forked.child.wait().value().code, SIGKILL);
}

TEST_F(ForkServerTest, AForkDiesWithWhoAskedAndTheServerWithItsOwner) {
    auto owner = Child::spawn({
        .argv = {"sleep", "1000"}
    });
    ASSERT_THAT(owner, IsOk());
    serve(open_pidfd(owner->pid()));
    Fd pidfd;
    {
        const auto one = fork();
        ASSERT_TRUE(one.has_value());
        pidfd = open_pidfd(one->forked.child.pid());
        pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&ended, 1, 0), 0);
    }
    pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
    owner->kill();
    EXPECT_TRUE(ends());
    const auto none = ask_for_fork(name_, {0, 1, 2});
    ASSERT_THAT(none, IsOk());
    EXPECT_FALSE(none->has_value());
}

TEST_F(ForkServerTest, CountsForksForTheSame) {
    serve(open_pidfd(::getpid()));
    const auto turn = [&](std::string_view what_for) {
        const auto one = fork(what_for);
        return one ? one->forked.turn : 99;
    };
    EXPECT_EQ(turn("one"), 1U);
    EXPECT_EQ(turn("other"), 1U);
    EXPECT_EQ(turn("one"), 2U);
    EXPECT_EQ(turn(""), 0U);
    EXPECT_EQ(turn("one"), 3U);
    for (int i = 2; i < 512; ++i) {
        ASSERT_EQ(turn(std::to_string(i)), 1U) << i;
    }
    EXPECT_EQ(turn("one too many"), 0U);
    EXPECT_EQ(turn("512"), 0U);
    EXPECT_EQ(turn("511"), 2U);
}

TEST_F(ForkServerTest, AForkServesInItsTurn) {
    auto owner = Child::spawn({
        .argv = {"sleep", "1000"}
    });
    ASSERT_THAT(owner, IsOk());
    serve(open_pidfd(::getpid()));
    auto first = fork("one");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(ask(first->monitor, "call"), "4 2");
    EXPECT_EQ(ask(first->monitor, "write first"), "written");
    const auto name = name_ + "/first";
    const auto owners = open_pidfd(owner->pid());
    ASSERT_THAT(begin_to_serve(first->forked.control->get(), name, owners.get(), "its own note"),
                IsOk());
    const auto pidfd = open_pidfd(first->forked.child.pid());
    first->forked.child.release();
    first.reset(); // it needs nobody any more
    for (int i = 0; i < 10; ++i) {
        const auto second = fork_of(name, "one");
        ASSERT_TRUE(second.has_value()) << i;
        EXPECT_EQ(second->forked.note, "its own note");
        EXPECT_EQ(second->forked.turn, static_cast<unsigned>(i) + 1);
        EXPECT_EQ(ask(second->monitor, "read"), "first");
        EXPECT_EQ(ask(second->monitor, "lock"), "mine");
        EXPECT_EQ(ask(second->monitor, "call"), "8 3"); // one round more
        EXPECT_EQ(ask(second->monitor, "write second"), "written");
    }
    const auto other = fork();
    ASSERT_TRUE(other.has_value());
    EXPECT_EQ(ask(other->monitor, "read"), "template");
    EXPECT_EQ(ask(other->monitor, "call"), "4 2");
    owner->kill();
    pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
    EXPECT_TRUE(fork().has_value());
}

TEST_F(ForkServerTest, WhoSaysNothingKeepsNobodyWaiting) {
    serve(open_pidfd(::getpid()));
    const Fd silent(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_.copy(static_cast<char*>(address.sun_path) + 1, sizeof address.sun_path - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name_.size());
    ASSERT_EQ(::connect(silent.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    const auto one = fork();
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(ask(one->monitor, "call"), "4 2");
}

TEST_F(ForkServerTest, NobodyKnowsHowAForkEndsWithoutItsServer) {
    serve(open_pidfd(::getpid()));
    auto one = fork();
    ASSERT_TRUE(one.has_value());
    end_server();
    EXPECT_EQ(ask(one->monitor, "call"), "4 2"); // it lives on
    EXPECT_EQ(ask(one->monitor, "exit 7"), "");
    EXPECT_THAT(one->forked.child.wait(), IsErrorWith("nobody else knows"));
}

TEST_F(ForkServerTest, WhatCannotBeForkedGoesOnAsItWas) {
    EXPECT_EQ(ask(monitor_, "timer"), "made");
    const auto owner = open_pidfd(::getpid());
    EXPECT_THAT(begin_to_serve(control_.get(), name_, owner.get(), ""),
                IsErrorWith("not supported"));
    EXPECT_EQ(ask(monitor_, "call"), "4 2");
}

} // namespace ktstr::machine::qemu
