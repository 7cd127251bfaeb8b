#include "ktstr-runner/machine/kvm/vmm_protocol.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace ktstr::machine::kvm {

namespace {

// Room for one descriptor beside the packet: unix(7), SCM_RIGHTS.
struct Control {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> bytes{};
};

} // namespace

Result<> send_request(int control, const Request& request, int file) {
    auto packet = request;
    iovec part{.iov_base = &packet, .iov_len = sizeof packet};
    Control beside;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (file >= 0) {
        message.msg_control = beside.bytes.data();
        message.msg_controllen = beside.bytes.size();
        auto* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof file);
        std::memcpy(CMSG_DATA(head), &file, sizeof file);
    }
    while (::sendmsg(control, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) {
            return fail(Error::from_errno("cannot reach the VMM"));
        }
    }
    return {};
}

std::optional<Received> receive_request(int control) {
    Request request{};
    iovec part{.iov_base = &request, .iov_len = sizeof request};
    Control beside;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = beside.bytes.data();
    message.msg_controllen = beside.bytes.size();
    ssize_t size = 0;
    do {
        size = ::recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size != sizeof request) {
        return std::nullopt;
    }
    Received received{request, {}};
    if (const auto* const head = CMSG_FIRSTHDR(&message);
        head != nullptr && head->cmsg_type == SCM_RIGHTS) {
        int file = -1;
        std::memcpy(&file, CMSG_DATA(head), sizeof file);
        received.file = Fd(file);
    }
    return received;
}

} // namespace ktstr::machine::kvm
