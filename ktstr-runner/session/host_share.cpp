#include "ktstr-runner/session/host_share.hpp"

#include <algorithm>

namespace ktstr::session {

using namespace std::chrono_literals;

namespace {

constexpr auto between_looks = 100ms;
constexpr auto window = 1s;
// A machine that wanted less of a CPU than this tells nothing: late wake-ups would be most of its
// time.
constexpr double least_wanted = 0.5;

using Seconds = std::chrono::duration<double>;

} // namespace

void HostShare::begin(Clock::time_point now) {
    *this = HostShare(cpus_);
    next_look_ = now + between_looks;
}

void HostShare::look(Clock::time_point now, const CpuTime& time) {
    next_look_ = now + between_looks;
    looks_.push_back({.at = now, .time = time});
    while (looks_.size() > 2 && now - looks_[1].at >= window) {
        looks_.pop_front();
    }
    const auto& begin = looks_.front();
    if (now - begin.at < window) {
        return;
    }
    const auto ran = Seconds(time.ran - begin.time.ran).count();
    const auto waited = Seconds(time.waited_in_all - begin.time.waited_in_all).count();
    const auto span = Seconds(now - begin.at).count();
    const auto wanted = std::min(ran + waited, span * cpus_);
    if (waited > 0 &&
        wanted >= least_wanted * span) { // a thread that has ended takes its time along
        worst_ = std::clamp(ran / wanted, 0.0, worst_);
    }
}

} // namespace ktstr::session
