// Deadline: a point on the monotonic clock that waits are measured against.
#pragma once

#include <algorithm>
#include <chrono>

namespace ktstr {

using Clock = std::chrono::steady_clock;

class Deadline final {
public:
    static Deadline in(Clock::duration span) { return Deadline(Clock::now() + span); }

    static Deadline at(Clock::time_point point) { return Deadline(point); }

    static Deadline never() { return Deadline(Clock::time_point::max()); }

    bool expired() const { return point_ != Clock::time_point::max() && Clock::now() >= point_; }

    Clock::time_point point() const { return point_; }

    // Milliseconds left for poll(2): rounded up, -1 for never, at most `cap`.
    int poll_timeout(std::chrono::milliseconds cap = std::chrono::milliseconds{1'000'000}) const {
        if (point_ == Clock::time_point::max()) {
            return cap == std::chrono::milliseconds{1'000'000} ? -1 : static_cast<int>(cap.count());
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(point_ - Clock::now());
        return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, cap).count());
    }

private:
    explicit Deadline(Clock::time_point point) : point_(point) {}

    Clock::time_point point_;
};

} // namespace ktstr
