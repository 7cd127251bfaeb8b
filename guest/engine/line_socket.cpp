#include "guest/engine/line_socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ktstr::guest {

namespace {

int milliseconds_until(std::int64_t at_ns) {
    const auto left = (at_ns - monotonic_ns() + 999'999) / 1'000'000;
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

} // namespace

void LineSocket::receive() {
    std::array<char, 65536> buffer;
    while (fd_) {
        const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            fd_.reset();
            return;
        }
        pending_.append(buffer.data(), static_cast<std::size_t>(got));
        if (pending_.size() > longest_) {
            return; // next() takes what is there first, or refuses it
        }
    }
}

std::optional<std::string> LineSocket::next() {
    const auto end = pending_.find('\n', looked_);
    if (std::min(end, pending_.size()) - begin_ > longest_) {
        pending_.clear();
        begin_ = looked_ = 0;
        fd_.reset();
        return std::nullopt;
    }
    if (end == std::string::npos) {
        pending_.erase(0, std::exchange(begin_, 0));
        looked_ = pending_.size();
        return std::nullopt;
    }
    auto line = pending_.substr(begin_, end - begin_);
    begin_ = looked_ = end + 1;
    return line;
}

std::optional<std::string> LineSocket::await(std::int64_t until_ns) {
    while (true) {
        if (auto line = next()) {
            return line;
        }
        if (!is_open()) {
            return std::nullopt;
        }
        pollfd wait{.fd = fd_.get(), .events = POLLIN};
        if (::poll(&wait, 1, milliseconds_until(until_ns)) == 0) {
            return std::nullopt;
        }
        receive();
    }
}

bool LineSocket::send(std::string_view line, std::int64_t patience_ms) {
    const auto text = std::string(line) + '\n';
    std::string_view rest(text);
    const Deadline patience(patience_ms);
    while (fd_ && !rest.empty()) {
        const auto sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            fd_.reset();
            break;
        }
        pollfd wait{.fd = fd_.get(), .events = POLLOUT};
        if (patience.passed() || ::poll(&wait, 1, milliseconds_until(patience.at_ns())) == 0) {
            fd_.reset();
        }
    }
    return static_cast<bool>(fd_);
}

} // namespace ktstr::guest
