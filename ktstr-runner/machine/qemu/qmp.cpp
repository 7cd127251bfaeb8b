#include "ktstr-runner/machine/qemu/qmp.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ktstr::machine::qemu {

namespace {

tl::unexpected<Error> broken(std::string what) {
    return fail(ErrorKind::internal, "QEMU's monitor broke its protocol: " + std::move(what));
}

std::string text_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// One sendmsg(2) of what fits now; a descriptor travels with the first byte (unix(7), SCM_RIGHTS).
ssize_t send_some(int socket, std::string_view bytes, int passed) {
    iovec piece{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
    msghdr message{.msg_iov = &piece, .msg_iovlen = 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof passed)> control{};
    if (passed >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        auto* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof passed);
        std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace

Result<Qmp> Qmp::adopt(Fd socket) {
    const int flags = ::fcntl(socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        return fail(Error::from_errno("cannot use QEMU's monitor socket"));
    }
    return Qmp(std::move(socket));
}

Result<> Qmp::negotiate(Deadline deadline) {
    while (!greeting_) {
        TRY(wait(POLLIN, deadline), "waiting for QEMU's greeting");
        TRY(service());
    }
    TRY(execute("qmp_capabilities", Json::object(), deadline));
    return {};
}

Result<Json> Qmp::execute(std::string_view command, Json arguments, Deadline deadline, int passed) {
    const auto id = ++last_id_;
    answer_.reset();
    Json request{
        {"execute", command},
        {"id",      id     }
    };
    if (!arguments.empty()) {
        request["arguments"] = std::move(arguments);
    }
    TRY(send(print_json(request) + "\n", deadline, passed));
    while (!answer_) {
        TRY(wait(POLLIN, deadline), fmt::format("waiting for QEMU's answer to {}", command));
        TRY(service());
    }
    if (const auto error = answer_->find("error"); error != answer_->end()) {
        return fail(ErrorKind::internal,
                    fmt::format("QEMU refused {}: {}",
                                command,
                                error->is_object() ? text_of(*error, "desc") : "?"));
    }
    return (*answer_)["return"];
}

Result<> Qmp::service() {
    std::array<char, 16384> buffer{};
    while (!closed_) {
        const auto n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return {};
        }
        if (n <= 0) { // a reset says no more than an end
            closed_ = true;
            return {};
        }
        pending_.append(buffer.data(), static_cast<std::size_t>(n));
        std::size_t begin = 0;
        for (auto end = pending_.find('\n'); end != std::string::npos;
             end = pending_.find('\n', begin)) {
            TRY(take_line(std::string_view(pending_).substr(begin, end - begin)));
            begin = end + 1;
        }
        pending_.erase(0, begin);
        if (pending_.size() > longest_line) {
            return broken(fmt::format("a line longer than {} bytes", longest_line));
        }
    }
    return {};
}

std::optional<QmpEvent> Qmp::next_event() {
    if (events_.empty()) {
        return std::nullopt;
    }
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
}

Result<> Qmp::take_line(std::string_view line) {
    auto parsed = parse_json(line);
    if (!parsed || !parsed->is_object()) {
        return line.find_first_not_of(" \r\t") == std::string_view::npos
                   ? Result<>{}
                   : broken("it says `" + std::string(line.substr(0, 80)) + "`");
    }
    auto& message = *parsed;
    if (message.contains("QMP")) {
        greeting_ = std::move(message);
    } else if (const auto name = text_of(message, "event"); !name.empty()) {
        if (events_.size() >= most_events) {
            return broken(fmt::format("more than {} events at once", most_events));
        }
        auto data = message.value("data", Json::object());
        events_.push_back({name, data.is_object() ? std::move(data) : Json::object()});
    } else if (message.value("id", Json{}) == Json(last_id_) &&
               (message.contains("return") || message.contains("error"))) {
        answer_ = std::move(message);
    }
    return {}; // answers to commands that nobody waits for any more are dropped
}

Result<> Qmp::wait(short events, Deadline deadline) {
    while (!closed_) {
        pollfd p{.fd = socket_.get(), .events = events, .revents = 0};
        const int ready = ::poll(&p, 1, deadline.poll_timeout());
        if (ready > 0) {
            return {};
        }
        if (ready < 0 && errno != EINTR) {
            return fail(Error::from_errno("poll"));
        }
        if (deadline.expired()) {
            return fail(ErrorKind::environment, "QEMU's monitor does not answer");
        }
    }
    return fail(ErrorKind::environment, "QEMU closed its monitor");
}

Result<> Qmp::wait_for_input(Deadline deadline) {
    return wait(POLLIN, deadline);
}

Result<> Qmp::send(std::string_view line, Deadline deadline, int passed) {
    while (!line.empty()) {
        const auto n = send_some(socket_.get(), line, passed);
        if (n >= 0) {
            passed = -1;
            line.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            TRY(wait(POLLOUT, deadline), "sending to QEMU's monitor");
        } else if (errno == EPIPE || errno == ECONNRESET) {
            closed_ = true;
            return fail(ErrorKind::environment, "QEMU closed its monitor");
        } else if (errno != EINTR) {
            return fail(Error::from_errno("sending to QEMU's monitor"));
        }
    }
    return {};
}

} // namespace ktstr::machine::qemu
