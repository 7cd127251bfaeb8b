#include "ktstr-runner/session/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

namespace ktstr::session {

Result<SignalWatch> SignalWatch::create() {
    sigset_t set;
    sigset_t before;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) {
        sigaddset(&set, number);
    }
    ::sigprocmask(SIG_BLOCK, &set, &before);
    ::signal(SIGPIPE, SIG_IGN); // a reader of ours that goes away is EPIPE, not our death
    Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) {
        return fail(Error::from_errno("signalfd"));
    }
    return SignalWatch(std::move(fd), before);
}

SignalWatch::~SignalWatch() {
    if (fd_) {
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    }
}

std::optional<int> SignalWatch::next() const {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) {
        return std::nullopt;
    }
    return static_cast<int>(info.ssi_signo);
}

void stop_self() {
    ::kill(::getpid(), SIGSTOP); // cannot be blocked; SIGCONT brings us back here
}

} // namespace ktstr::session
