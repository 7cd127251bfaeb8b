// When to try again, and how long to wait before: values and pure functions but for `pause`.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace ktstr::net {

struct RetryPolicy {
    unsigned attempts = 5;                   // in all
    std::chrono::milliseconds first{1'000};  // the longest wait after the first attempt
    std::chrono::milliseconds most{30'000};  // ... and after any
    std::chrono::seconds most_asked_for{90}; // a server that asks for more is not asked again
};

// A number in [0, 1).
using Random = std::function<double()>;

// The wait before the attempt after number `done` (from 1): anything between 0 and `first` doubled
// with each attempt ("full jitter", so that the clients of a broken server do not come back
// together), and at least what the server asked for. Absent: no further attempt.
std::optional<std::chrono::milliseconds> delay_after(const RetryPolicy& policy,
                                                     unsigned done,
                                                     std::optional<std::chrono::seconds> asked_for,
                                                     const Random& random);

// Answers that may be others the next time: 408, 429, 500, 502, 503, 504.
bool is_transient(int status);

// Retry-After, seconds or a date (RFC 9110, 10.2.3), as a span from `now`. Absent on nonsense.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::system_clock::time_point now);

// Of the system's generator.
double system_random();

// Waits; a signal that ends the process ends it here too.
void pause(std::chrono::milliseconds span);

} // namespace ktstr::net
