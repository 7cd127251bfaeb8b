// HostShare: how much of the CPU time that a machine could have used its host gave it. An emulated
// guest has no clock of stolen time, so this is how one tells a test that was slow from one whose
// host was busy.
#pragma once

#include "ktstr-runner/base/cpu_time.hpp"
#include "ktstr-runner/base/deadline.hpp"

#include <deque>
#include <optional>

namespace ktstr::session {

// What came of it: 1 is all that the machine could have used.
struct GivenShare {
    double worst = 1;   // in the worst second; 1 where there was none
    double mean = 1;    // over the whole test
    double lost_ms = 0; // how long the machine stood still in all, as if it had run or stood
    double missing = 0; // CPUs that it could have used and did not have, in the mean
    double lost = 0;    // the part of the time in which the machine stood still
};

class HostShare final {
public:
    // `cpus`: those that the machine may run on. More vCPUs than these wait for each other; that is
    // not the host's doing.
    explicit HostShare(unsigned cpus) : cpus_(cpus) {}

    // The test begins: what comes before is not looked at.
    void begin(Clock::time_point now);

    // Whether it is time for a look. Each costs a few reads of /proc; a short test has none.
    bool wants_look(Clock::time_point now) const { return next_look_ && now >= *next_look_; }

    // Takes what the machine has had so far.
    void look(Clock::time_point now, const CpuTime& time);

    // We and the machine were stopped: what lies between the last look and the next is not counted.
    void forget_last() { looks_.clear(); }

    GivenShare given() const;

private:
    struct Look {
        Clock::time_point at;
        CpuTime time;
    };

    // Seconds between two looks.
    struct Between {
        double span;
        double ran;
        double wanted; // at most what the CPUs have

        double share() const { return wanted > 0 ? ran / wanted : 1; }
    };

    Between between(const Look& from, const Look& to) const;

    unsigned cpus_;
    std::optional<Clock::time_point> next_look_;
    std::deque<Look> looks_;
    double worst_ = 1;
    double ran_ = 0;
    double wanted_ = 0;
    double lost_ = 0; // seconds
    double span_ = 0; // seconds
};

} // namespace ktstr::session
