#include "cargo-ktstr/net/backoff.hpp"

#include <gmock/gmock.h>

namespace ktstr::net {

using namespace std::chrono_literals;
using ::testing::Eq;
using ::testing::Optional;

namespace {

constexpr auto highest = [] { return 0.999999; };

double lowest() {
    return 0;
}

} // namespace

TEST(Backoff, GrowsWithEachAttemptUpToItsMost) {
    const RetryPolicy policy{.attempts = 9, .first = 100ms, .most = 1000ms};
    const std::vector<std::chrono::milliseconds> wanted{99ms, 199ms, 399ms, 799ms, 999ms, 999ms};
    for (unsigned done = 1; done <= wanted.size(); ++done) {
        EXPECT_THAT(delay_after(policy, done, {}, highest), Optional(wanted[done - 1])) << done;
        EXPECT_THAT(delay_after(policy, done, {}, lowest), Optional(0ms)) << done;
    }
}

TEST(Backoff, EndsAfterTheLastAttempt) {
    const RetryPolicy policy{.attempts = 3};
    EXPECT_TRUE(delay_after(policy, 2, {}, lowest));
    EXPECT_FALSE(delay_after(policy, 3, {}, lowest));
    EXPECT_FALSE(delay_after({.attempts = 1}, 1, {}, lowest));
    EXPECT_THAT(delay_after({.attempts = ~0U}, 4'000'000'000, {}, highest), Optional(29999ms))
        << "no overflow";
}

TEST(Backoff, WaitsAsLongAsTheServerAsksWithinReason) {
    const RetryPolicy policy{.first = 100ms, .most_asked_for = 60s};
    EXPECT_THAT(delay_after(policy, 1, 7s, highest), Optional(Eq(7s)));
    EXPECT_THAT(delay_after(policy, 1, 0s, highest), Optional(99ms));
    EXPECT_THAT(delay_after(policy, 1, 60s, highest), Optional(Eq(60s)));
    EXPECT_FALSE(delay_after(policy, 1, 61s, highest));
}

TEST(Backoff, ReadsRetryAfter) {
    const auto now = std::chrono::system_clock::from_time_t(784111777); // RFC 9110, 5.6.7
    EXPECT_THAT(parse_retry_after("120", now), Optional(Eq(120s)));
    EXPECT_THAT(parse_retry_after(" 0 ", now), Optional(Eq(0s)));
    EXPECT_THAT(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Optional(Eq(30s)));
    EXPECT_THAT(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Optional(Eq(0s)));
    EXPECT_THAT(parse_retry_after("18446744073709551615", now), Optional(Eq(365 * 24h)));
    EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
    EXPECT_EQ(parse_retry_after("-1", now), std::nullopt);
    EXPECT_EQ(parse_retry_after("", now), std::nullopt);
}

TEST(Backoff, KnowsWhichAnswersPass) {
    for (const int status : {408, 429, 500, 502, 503, 504}) {
        EXPECT_TRUE(is_transient(status)) << status;
    }
    for (const int status : {200, 206, 301, 400, 401, 403, 404, 409, 410, 416, 501, 505}) {
        EXPECT_FALSE(is_transient(status)) << status;
    }
}

} // namespace ktstr::net
