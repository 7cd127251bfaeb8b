// The guest's wall clock: set to the host's, since that of a restored machine stands at its saving.
#pragma once

#include "guest/agent/window.hpp"
#include "guest/base/os.hpp"
#include "guest/wire/messages.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace ktstr::guest {

// By how much the host's clock is ahead of ours, as far as questions and answers tell (ns): the
// host read its clock after we asked and before we had its answer, however long either was held up.
// Each further question can only narrow that.
class Lead final {
public:
    // Our clock when we asked, the host's, ours when the answer was there.
    void narrow(std::int64_t asked_ns, std::int64_t host_ns, std::int64_t answered_ns);

    // Of no meaning before the first answer. A host whose clock was set meanwhile may contradict
    // itself; its last answer counts then.
    std::int64_t middle_ns() const { return least_ + (most_ - least_) / 2; }

    std::int64_t width_ns() const { return most_ - least_; }

private:
    std::int64_t least_ = 0;
    std::int64_t most_ = std::numeric_limits<std::int64_t>::max();
};

// Nanoseconds between two readings of a counter that goes at `khz`; absent when the first was not
// taken (0), the rate is not known (0), or it went backwards.
std::optional<std::int64_t> ns_between(std::uint64_t from, std::uint64_t to, std::uint64_t khz);

struct ClockSet {
    std::int64_t written_ns = 0; // CLOCK_MONOTONIC when the host wrote the job
    Problem problem;
};

// By the counter that the host read with the job's time, where it knew it; else the host is asked.
ClockSet set_clock(const wire::Job& job, Channel& channel);

} // namespace ktstr::guest
