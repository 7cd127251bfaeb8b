// PhaseClock: splits an attempt into the sidecar's phases; each ends where the next begins.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

namespace ktstr::session {

class PhaseClock final {
public:
    explicit PhaseClock(sidecar::Record& record) : record_(record), since_(Clock::now()) {}

    // The time since the last call belongs to `phase` (added up when a phase comes twice).
    void done(sidecar::Phase phase) {
        const auto now = Clock::now();
        auto& slot = record_.phases_ns[static_cast<std::size_t>(phase)];
        slot = slot.value_or(0) + std::chrono::nanoseconds(now - since_).count();
        since_ = now;
    }

private:
    sidecar::Record& record_;
    Clock::time_point since_;
};

} // namespace ktstr::session
