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

HostShare::Between HostShare::between(const Look& from, const Look& to) const {
    const auto span = Seconds(to.at - from.at).count();
    const auto waited = Seconds(to.time.waited_in_all - from.time.waited_in_all).count();
    // A thread that has ended takes its time along.
    const auto ran = std::max(Seconds(to.time.ran - from.time.ran).count(), 0.0);
    return {.span = span,
            .ran = ran,
            .wanted = std::max(std::min(ran + std::max(waited, 0.0), span * cpus_), ran)};
}

void HostShare::look(Clock::time_point now, const CpuTime& time) {
    next_look_ = now + between_looks;
    const Look look{.at = now, .time = time};
    if (!looks_.empty()) {
        const auto step = between(looks_.back(), look);
        ran_ += step.ran;
        wanted_ += step.wanted;
        lost_ += step.span * (1 - step.share());
        span_ += step.span;
    }
    looks_.push_back(look);
    while (looks_.size() > 2 && now - looks_[1].at >= window) {
        looks_.pop_front();
    }
    const auto second = between(looks_.front(), look);
    if (now - looks_.front().at >= window && second.wanted >= least_wanted * second.span) {
        worst_ = std::min(worst_, second.share());
    }
}

GivenShare HostShare::given() const {
    return {.worst = worst_,
            .mean = wanted_ > 0 ? ran_ / wanted_ : 1,
            .lost_ms = lost_ * 1000,
            .missing = span_ > 0 ? (wanted_ - ran_) / span_ : 0,
            .lost = span_ > 0 ? lost_ / span_ : 0};
}

} // namespace ktstr::session
