#include "cargo-ktstr/net/backoff.hpp"

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/text.hpp"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

namespace ktstr::net {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<milliseconds> delay_after(const RetryPolicy& policy,
                                        unsigned done,
                                        std::optional<seconds> asked_for,
                                        const Random& random) {
    if (done >= policy.attempts || asked_for.value_or(seconds{0}) > policy.most_asked_for) {
        return std::nullopt;
    }
    const auto grown = std::ldexp(static_cast<double>(policy.first.count()),
                                  static_cast<int>(std::min(done, 32U)) - 1);
    const auto longest = std::min(grown, static_cast<double>(policy.most.count()));
    const milliseconds drawn(static_cast<milliseconds::rep>(longest * random()));
    return std::max(drawn, milliseconds{asked_for.value_or(seconds{0})});
}

bool is_transient(int status) {
    switch (status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        return false;
    }
}

std::optional<seconds> parse_retry_after(std::string_view value,
                                         std::chrono::system_clock::time_point now) {
    value = trim(value);
    constexpr std::uint64_t a_year = 365ULL * 24 * 3600;
    if (const auto number = parse_u64(value)) {
        return seconds(std::min(*number, a_year));
    }
    const auto date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date < 0) {
        return std::nullopt;
    }
    const auto left =
        std::chrono::ceil<seconds>(std::chrono::system_clock::from_time_t(date) - now);
    return std::clamp(left, seconds{0}, seconds{a_year});
}

double system_random() {
    std::random_device device;
    return std::uniform_real_distribution<double>(0, 1)(device);
}

void pause(milliseconds span) {
    const auto deadline = Deadline::in(span);
    while (!deadline.expired()) {
        ::poll(nullptr, 0, deadline.poll_timeout());
    }
}

} // namespace ktstr::net
