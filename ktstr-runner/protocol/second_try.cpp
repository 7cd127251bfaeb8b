#include "ktstr-runner/protocol/second_try.hpp"

namespace ktstr::protocol {

bool deserves_a_second_try(const sidecar::Record& first,
                           Clock::time_point start,
                           Clock::time_point now,
                           const std::optional<Clock::time_point>& end) {
    if (first.reason != sidecar::Reason::machine_failed) {
        return false;
    }
    return !end || *end - now > now - start;
}

void tell_of_first_try(const sidecar::Record& first, sidecar::Record& second) {
    second.first_try = first.headline;
    second.notes.insert(second.notes.begin(),
                        "this is a second try; in the first one the machine failed: " +
                            first.headline);
}

} // namespace ktstr::protocol
