#include "ktstr-runner/machine/qemu/fork_client.hpp"

#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <span>
#include <system_error>

namespace ktstr::machine::qemu {

using namespace std::chrono_literals;
namespace fs = fork_server;

namespace {

// A server answers in milliseconds; a busy host may keep it waiting.
constexpr auto answer_limit = 10s;

// A name of the abstract namespace (unix(7)): it is gone with the server.
struct Address {
    explicit Address(const std::string& name) {
        address.sun_family = AF_UNIX;
        const auto count = std::min(name.size(), sizeof address.sun_path - 1);
        name.copy(static_cast<char*>(address.sun_path) + 1, count);
        size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + count);
    }

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }

    sockaddr_un address{};
    socklen_t size = 0;
};

Result<Fd> make_socket() {
    Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket) {
        return fail(Error::from_errno("cannot make a socket for the fork server"));
    }
    return socket;
}

Result<>
ask(int socket, fs::Request request, std::string_view note, std::span<const int> descriptors) {
    request.version = fs::version;
    std::string copy(note);
    std::array<iovec, 2> parts{
        iovec{&request,    sizeof request},
        iovec{copy.data(), copy.size()   }
    };
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * fs::fork_descriptors)> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
        return fail(Error::from_errno("cannot ask the fork server"));
    }
    return {};
}

struct Answer {
    fs::Reply reply{};
    std::string note;
    Fd descriptor;
};

Result<Answer> receive(int socket) {
    pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, Deadline::in(answer_limit).poll_timeout()) <= 0) {
        return fail(ErrorKind::environment, "the fork server does not answer");
    }
    Answer answer;
    std::array<char, fs::most_note> note{};
    std::array<iovec, 2> parts{
        iovec{&answer.reply, sizeof answer.reply},
        iovec{note.data(),   note.size()        }
    };
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (const auto* const header = CMSG_FIRSTHDR(&message);
        n > 0 && header != nullptr && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        answer.descriptor = Fd(fd);
    }
    if (n == sizeof(fs::Ended)) {
        fs::Ended ended{};
        std::memcpy(&ended, &answer.reply, sizeof ended);
        return fail(ErrorKind::environment,
                    "the fork ended before it lived, with " +
                        ExitStatus::from_wait(ended.wait_status).describe());
    }
    if (n < static_cast<ssize_t>(sizeof answer.reply)) {
        return fail(ErrorKind::environment, "the fork server ended while it was asked");
    }
    if (answer.reply.error != 0) {
        return fail(ErrorKind::environment,
                    "the fork server refuses: " +
                        std::generic_category().message(answer.reply.error));
    }
    answer.note.assign(note.data(), static_cast<std::size_t>(n) - sizeof answer.reply);
    return answer;
}

// The name is anybody's to take; what answers must be the user's own.
bool is_ours(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == ::geteuid();
}

// What the server says on the connection, which it does when it has reaped the fork.
Result<ExitStatus> told_ending(int connection) {
    pollfd wait{.fd = connection, .events = POLLIN, .revents = 0};
    fs::Ended ended{};
    if (::poll(&wait, 1, Deadline::in(answer_limit).poll_timeout()) > 0 &&
        ::recv(connection, &ended, sizeof ended, 0) == sizeof ended) {
        return ExitStatus::from_wait(ended.wait_status);
    }
    return fail(ErrorKind::environment,
                "the fork server is gone, and nobody else knows how the machine ended");
}

} // namespace

bool has_library(int control) {
    char hello = 0;
    return ::recv(control, &hello, sizeof hello, MSG_DONTWAIT) == sizeof hello;
}

Result<> begin_to_serve(int control, const std::string& name, int owner, std::string_view note) {
    if (note.size() > fs::most_note) {
        return fail(ErrorKind::internal, "a fork server's note is too long");
    }
    constexpr int waiting = 128;
    TRY_ASSIGN(const auto listener, make_socket());
    const Address address(name);
    if (::bind(listener.get(), address.get(), address.size) != 0 ||
        ::listen(listener.get(), waiting) != 0) {
        return fail(Error::from_errno("cannot listen for those who want a fork"));
    }
    TRY(ask(control, {.ask = fs::Ask::serve}, note, std::array{listener.get(), owner}));
    TRY(receive(control));
    return {};
}

Result<std::optional<Forked>> ask_for_fork(const std::string& name,
                                           const ForkDescriptors& descriptors,
                                           std::string_view subject) {
    TRY_ASSIGN(auto connection, make_socket());
    const Address address(name);
    // A server that is stopped takes nobody, and its queue may be full.
    const timeval patience{.tv_sec = std::chrono::seconds(answer_limit).count(), .tv_usec = 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(connection.get(), address.get(), address.size) != 0 ||
        !is_ours(connection.get())) {
        return std::optional<Forked>{};
    }
    fs::Request request{.ask = fs::Ask::fork};
    subject.copy(request.subject.data(), request.subject.size());
    TRY(ask(connection.get(), request, {}, descriptors));
    TRY_ASSIGN(auto answer, receive(connection.get()));
    if (!answer.descriptor) {
        return fail(ErrorKind::internal, "the fork server gave no pidfd");
    }
    auto control = std::make_shared<Fd>(std::move(connection));
    auto child = Child::adopt(answer.reply.pid, std::move(answer.descriptor), [control] {
        return told_ending(control->get());
    });
    return std::optional(
        Forked{std::move(child), std::move(answer.note), answer.reply.turn, std::move(control)});
}

} // namespace ktstr::machine::qemu
