#include "ktstr-runner/session/output.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ktstr::session {

Result<> Output::relay(std::string_view bytes) {
    while (!bytes.empty() && !reader_gone_) {
        const auto n = ::write(fd_, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EPIPE) {
            reader_gone_ = true;
        } else if (errno == EAGAIN) { // a caller may have made it non-blocking
            pollfd p{.fd = fd_, .events = POLLOUT, .revents = 0};
            ::poll(&p, 1, -1);
        } else if (errno != EINTR) {
            return fail(Error::from_errno("relay output of the guest"));
        }
    }
    return {};
}

Result<> Output::add(std::string_view bytes) {
    const auto before = total_;
    total_ += bytes.size();
    if (limits_.head == 0) {
        return relay(bytes);
    }
    const auto room = limits_.head - std::min(limits_.head, before);
    const auto direct = std::min<std::uint64_t>(room, bytes.size());
    TRY(relay(bytes.substr(0, direct)));
    tail_.append(bytes.substr(direct));
    if (tail_.size() >
        2 * limits_.tail) { // cut in large steps, so that a flood is not moved byte by byte
        tail_.erase(0, tail_.size() - limits_.tail);
    }
    return {};
}

Result<std::uint64_t> Output::finish() {
    if (limits_.head == 0 || total_ <= limits_.head) {
        return std::uint64_t{0};
    }
    const auto beyond = total_ - limits_.head;
    if (tail_.size() > limits_.tail) {
        tail_.erase(0, tail_.size() - limits_.tail);
    }
    const auto dropped = beyond - tail_.size();
    if (dropped > 0) {
        TRY(relay("\n[ktstr: " + std::to_string(dropped) + " bytes (" + human_bytes(dropped) +
                  ") of output left out here]\n"));
    }
    TRY(relay(tail_));
    tail_.clear();
    return dropped;
}

} // namespace ktstr::session
