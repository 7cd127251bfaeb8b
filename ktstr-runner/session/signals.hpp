// SignalWatch: the signals a session takes, as a descriptor. Restores the mask when it goes.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <signal.h>

#include <optional>

namespace ktstr::session {

class SignalWatch final {
public:
    static Result<SignalWatch> create();

    SignalWatch(SignalWatch&& other) noexcept = default;
    SignalWatch& operator=(SignalWatch&&) = delete;
    ~SignalWatch();

    int fd() const { return fd_.get(); }

    // The next signal that came, absent when there is none.
    std::optional<int> next() const;

private:
    SignalWatch(Fd fd, sigset_t before) : fd_(std::move(fd)), before_(before) {}

    Fd fd_;
    sigset_t before_;
};

// Stops this process as SIGTSTP would have; returns when it is continued.
void stop_self();

} // namespace ktstr::session
