#include "ktstr-runner/host/lock_wait.hpp"

#include "ktstr-runner/base/process.hpp"

#include <poll.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace ktstr::host {

namespace {

void lock_in_child(const Wanted& wanted) {
    while (::flock(wanted.fd, wanted.operation) != 0) {
        if (errno != EINTR) {
            ::_exit(errno);
        }
    }
}

Result<Waited> how_it_ended(Child& child) {
    TRY_ASSIGN(const auto status, child.wait());
    if (status.success()) {
        return Waited::had;
    }
    if (status.signalled) {
        return fail(ErrorKind::environment,
                    "what waits for a lock was killed: " + status.describe());
    }
    errno = status.code;
    return fail(Error::from_errno("wait for a lock"));
}

} // namespace

Result<Waited> wait_for_one(std::span<const Wanted> wanted, const Patience& patience) {
    std::vector<Child> children;
    std::vector<pollfd> polls;
    for (const auto& one : wanted) {
        TRY_ASSIGN(auto child, Child::fork([&] { lock_in_child(one); }, {one.fd}));
        polls.push_back({.fd = child.pidfd(), .events = POLLIN, .revents = 0});
        children.push_back(std::move(child));
    }
    polls.push_back({.fd = patience.wake_fd, .events = POLLIN, .revents = 0}); // < 0: ignored
    for (;;) {
        if (::poll(polls.data(), polls.size(), patience.deadline.poll_timeout()) < 0 &&
            errno != EINTR) {
            return fail(Error::from_errno("poll"));
        }
        for (std::size_t i = 0; i < children.size(); ++i) {
            if (polls[i].revents != 0) {
                return how_it_ended(children[i]);
            }
        }
        if (patience.deadline.expired() || (polls.back().revents != 0 && !patience.go_on())) {
            return Waited::gave_up;
        }
    }
}

} // namespace ktstr::host
