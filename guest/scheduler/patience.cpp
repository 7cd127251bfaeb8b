#include "guest/scheduler/patience.hpp"

#include <algorithm>

namespace ktstr::guest {

namespace {

constexpr std::int64_t fine_looks = 200;
constexpr std::int64_t fine_ms = 1;
constexpr std::int64_t coarse_ms = 5;

std::int64_t looks_in(std::int64_t limit_ms) {
    const auto fine = std::min(limit_ms / fine_ms, fine_looks);
    return fine + (limit_ms - fine * fine_ms) / coarse_ms;
}

} // namespace

Patience::Patience(std::int64_t limit_ms)
    : begin_ns_(monotonic_ns()), limit_ns_(std::max<std::int64_t>(limit_ms, 0) * 1'000'000),
      least_looks_(looks_in(std::max<std::int64_t>(limit_ms, 0)) / 2) {}

bool Patience::is_over(std::int64_t now_ns) const {
    const auto waited = now_ns - begin_ns_;
    return waited >= limit_ns_ && (looks_ >= least_looks_ || waited / most_times >= limit_ns_);
}

void Patience::sleep() {
    sleep_ms(static_cast<int>(looks_++ < fine_looks ? fine_ms : coarse_ms));
}

} // namespace ktstr::guest
