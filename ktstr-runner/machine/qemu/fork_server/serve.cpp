#include "ktstr-runner/machine/qemu/fork_server/serve.hpp"

#include "ktstr-runner/machine/qemu/fork_server/descriptors.hpp"
#include "ktstr-runner/machine/qemu/fork_server/memory.hpp"
#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"
#include "ktstr-runner/machine/qemu/fork_server/threads.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace ktstr::machine::qemu::fork_server {

namespace {

constexpr int idle_limit_ms = 300'000;
constexpr std::size_t most_forks = 512; // at once
constexpr std::size_t most_subjects = 512;

struct Received {
    std::size_t bytes = 0; // of the request and its note; 0: the other end is closed
    Request request{};
    std::array<char, most_note> note{};
    std::array<int, 3> descriptors{-1, -1, -1};

    std::size_t note_size() const { return bytes - sizeof request; }

    // Whether it is a request of that kind with so many descriptors.
    bool is(Ask ask, std::size_t wanted) const {
        return bytes >= sizeof request && request.version == version && request.ask == ask &&
               descriptors[wanted - 1] >= 0;
    }
};

void close_all(Received& received) {
    for (auto& fd : received.descriptors) {
        if (fd >= 0) {
            ::close(fd);
            fd = -1;
        }
    }
}

Received receive(int socket) {
    Received received;
    std::array<iovec, 2> parts{
        iovec{&received.request,    sizeof received.request},
        iovec{received.note.data(), received.note.size()   }
    };
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof received.descriptors)> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t n = 0;
    do {
        n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    received.bytes = n > 0 ? static_cast<std::size_t>(n) : 0;
    const auto* const header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
        std::memcpy(received.descriptors.data(),
                    CMSG_DATA(header),
                    std::min(header->cmsg_len - CMSG_LEN(0), sizeof received.descriptors));
    }
    return received;
}

// Whether it could be told.
bool answer(int socket, const Reply& reply, const Received* noted = nullptr, int descriptor = -1) {
    Reply copy = reply;
    std::array<iovec, 2> parts{
        iovec{&copy,   sizeof copy},
        iovec{nullptr, 0          }
    };
    if (noted != nullptr) {
        parts[1] = {const_cast<char*>(noted->note.data()), noted->note_size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptor)> control{};
    if (descriptor >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        auto* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

struct Fork {
    int pidfd = -1;
    pid_t pid = -1;
    int connection = -1;
};

struct Counted {
    Subject subject{};
    std::uint32_t forks = 0;
};

struct Server {
    int listener = -1;
    int owner = -1;
    int monitor = -1;
    Received served; // its note is what each who asks is told
    std::array<Fork, most_forks> forks{};
    std::size_t count = 0;
    std::array<Counted, most_subjects> subjects{}; // those in use first
};

Server server; // too large for a stack

// Whether those who ask are this user.
bool is_ours(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == ::geteuid();
}

// The runner reads the guest's memory through /proc/<pid>/mem, and is no ancestor of ours.
void let_trace(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
        ::prctl(PR_SET_PTRACER, peer.pid);
    }
}

// With the old one's O_NONBLOCK: a vCPU must not wait for whoever reads the console.
bool replace(int old, int fresh, int flags) {
    const int status = ::fcntl(old, F_GETFL);
    return ::dup3(fresh, old, flags) == old && ::fcntl(old, F_SETFL, status & O_NONBLOCK) == 0;
}

// Reply::turn.
std::uint32_t count(const Subject& subject) {
    if (subject == Subject{}) {
        return 0;
    }
    for (auto& counted : server.subjects) {
        if (counted.forks == 0) {
            counted.subject = subject;
        }
        if (counted.subject == subject) {
            return ++counted.forks;
        }
    }
    return 0;
}

[[noreturn]] void serve_forks(int socket, int monitor);

// Until this process is asked to serve, and stands still for it. False: the other end is closed.
bool await_serve(int socket);

// In a new process: all threads again, with descriptors of its own. Ends with the connection,
// unless it is to serve.
[[noreturn]] void live(Received& asked, int connection, std::uint32_t turn) {
    constexpr int failed = 99;
    ::close(server.listener);
    ::close(server.owner);
    for (const auto& fork : std::span(server.forks).first(server.count)) {
        ::close(fork.pidfd);
        ::close(fork.connection);
    }
    const bool replaced = replace(server.monitor, asked.descriptors[0], O_CLOEXEC) &&
                          replace(STDOUT_FILENO, asked.descriptors[1], 0) &&
                          replace(STDERR_FILENO, asked.descriptors[2], 0);
    close_all(asked);
    if (!replaced || !renew_descriptors() || !revive_others()) {
        ::_exit(failed);
    }
    let_trace(connection);
    const auto self = ::getpid();
    const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, self, 0));
    answer(connection, {.error = 0, .pid = self, .turn = turn}, &server.served, pidfd);
    ::close(pidfd);
    const timeval for_ever{};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
    if (await_serve(connection)) {
        serve_forks(connection, server.monitor);
    }
    ::kill(self, SIGKILL);
    ::_exit(failed);
}

void fork_for(int connection) {
    if (connection < 0) {
        return;
    }
    // Whoever says nothing must not keep the others waiting, nor the owner's end from being seen.
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    auto asked = is_ours(connection) ? receive(connection) : Received{};
    const bool good = asked.is(Ask::fork, fork_descriptors);
    int* tid = nullptr;
    ::prctl(PR_GET_TID_ADDRESS, &tid);
    Fork made{.connection = connection};
    long pid = -1;
    int error = good ? EAGAIN : EINVAL;
    const auto turn = good ? count(asked.request.subject) : 0;
    if (good && server.count < server.forks.size()) {
        // Not the C library's fork(): its handlers take locks that a parked thread may hold.
        pid = ::syscall(SYS_clone,
                        CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
                        nullptr,
                        &made.pidfd,
                        tid,
                        nullptr);
        error = errno;
    }
    if (pid == 0) {
        live(asked, connection, turn);
    }
    if (pid < 0) {
        answer(connection, {.error = error, .pid = -1, .turn = 0});
        ::close(connection);
    } else {
        made.pid = static_cast<pid_t>(pid);
        server.forks[server.count++] = made;
    }
    close_all(asked);
}

// Says on its connection how a fork has ended.
void bury(std::size_t index) {
    const auto gone = server.forks[index];
    Ended ended{};
    while (::waitpid(gone.pid, &ended.wait_status, 0) < 0 && errno == EINTR) {
    }
    ::send(gone.connection, &ended, sizeof ended, MSG_NOSIGNAL);
    ::close(gone.connection);
    ::close(gone.pidfd);
    server.forks[index] = server.forks[--server.count];
}

// By what it was asked to serve with; `socket` is what it was asked by.
void serve_forks(int socket, int monitor) {
    server.listener = server.served.descriptors[0];
    server.owner = server.served.descriptors[1];
    server.monitor = monitor;
    server.count = 0; // of a fork: the others are not its own
    server.subjects = {};
    ::close(socket);
    static std::array<pollfd, most_forks + 2> polls;
    for (;;) {
        polls[0] = {.fd = server.listener, .events = POLLIN, .revents = 0};
        polls[1] = {.fd = server.owner, .events = POLLIN, .revents = 0};
        const auto count = server.count;
        for (std::size_t i = 0; i < count; ++i) {
            polls[i + 2] = {.fd = server.forks[i].pidfd, .events = POLLIN, .revents = 0};
        }
        const int ready = ::poll(polls.data(), count + 2, count == 0 ? idle_limit_ms : -1);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0 || polls[1].revents != 0) {
            ::_exit(0);
        }
        for (auto i = count; i-- > 0;) { // from behind: bury() moves the last one
            if (polls[i + 2].revents != 0) {
                bury(i);
            }
        }
        if (polls[0].revents != 0) {
            fork_for(::accept4(server.listener, nullptr, nullptr, SOCK_CLOEXEC));
        }
    }
}

// errno of what keeps the process from serving; then it is as before, but that its RAM may be
// private to it.
int stand_still() {
    if (!park_others()) {
        return EBUSY;
    }
    if (!know_descriptors()) {
        unpark_others();
        return EOPNOTSUPP;
    }
    if (!keep_memory_for_forks()) {
        unpark_others();
        return ENOMEM;
    }
    return 0;
}

bool await_serve(int socket) {
    for (;;) {
        server.served = receive(socket);
        if (server.served.bytes == 0) {
            return false;
        }
        const bool good = server.served.is(Ask::serve, serve_descriptors);
        const int error = good ? stand_still() : EINVAL;
        const bool told = answer(socket, {.error = error, .pid = ::getpid(), .turn = 0});
        if (told && error == 0) {
            return true;
        }
        if (error == 0) {
            unpark_others(); // the runner has given up, and goes on with the machine
        }
        close_all(server.served);
    }
}

} // namespace

void serve(int control, int monitor) {
    if (await_serve(control)) {
        serve_forks(control, monitor);
    }
    ::close(control);
}

} // namespace ktstr::machine::qemu::fork_server
