// Two clocks read at the same moment.
#pragma once

#include <cstdint>
#include <utility>

namespace ktstr::wire {

template <class Inner> struct Moment {
    std::int64_t outer_ns = 0;
    Inner inner{}; // when the outer clock showed that, give or take half of `width_ns`
    std::int64_t width_ns = 0;
};

// Reads the inner clock between two readings of the outer one (ns), until they are near together:
// whatever holds the reader up (a preemption, on a vCPU or on a host's CPU) comes between them. The
// nearest of `most` tries otherwise.
template <class Outer, class Inner>
auto same_moment(const Outer& outer, const Inner& inner) -> Moment<decltype(inner())> {
    constexpr std::int64_t near_ns = 50'000;
    constexpr int most = 16;
    Moment<decltype(inner())> best;
    for (int i = 0; i < most; ++i) {
        const std::int64_t before = outer();
        auto value = inner();
        const std::int64_t width = outer() - before;
        if (i == 0 || width < best.width_ns) {
            best = {.outer_ns = before + width / 2, .inner = std::move(value), .width_ns = width};
        }
        if (best.width_ns <= near_ns) {
            break;
        }
    }
    return best;
}

} // namespace ktstr::wire
