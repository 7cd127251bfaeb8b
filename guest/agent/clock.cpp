#include "guest/agent/clock.hpp"

#include "guest/wire/moment.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <utility>

namespace ktstr::guest {

namespace {

constexpr std::int64_t ms = 1'000'000;

// Half of it is the error at most.
constexpr std::int64_t near_ns = 4 * ms;
constexpr int most_questions = 12;
constexpr std::int64_t worth_a_note_ns = 20 * ms;
constexpr std::int64_t answer_patience_ms = 10'000;

// Waits without sleeping: a machine that was just restored is slow to wake.
std::optional<wire::Time> ask(Channel& channel) {
    channel.send(wire::FrameType::ask_time, {});
    const Deadline patience(answer_patience_ms);
    while (!patience.passed()) {
        const auto frame = channel.receive();
        if (frame && frame->type == wire::FrameType::time) {
            return wire::parse<wire::Time>(frame->body);
        }
    }
    return std::nullopt;
}

// By how much the host's clock is ahead; without a value nobody knows.
struct Answer {
    std::optional<std::int64_t> lead_ns;
    Problem problem;
};

Answer ask_until_near(Channel& channel) {
    Lead lead;
    for (int i = 0; i < most_questions && lead.width_ns() > near_ns; ++i) {
        const auto asked = wall_clock_ns();
        const auto time = ask(channel);
        if (!time) {
            return {.problem = "cannot set the clock: the host does not say what time it is"};
        }
        lead.narrow(asked, time->wall_time_ns, wall_clock_ns());
    }
    Problem problem;
    if (lead.width_ns() > worth_a_note_ns) {
        problem = "the wall clock may be wrong by " + std::to_string(lead.width_ns() / 2 / ms) +
                  " ms: the host was slow to say what time it is";
    }
    return {.lead_ns = lead.middle_ns(), .problem = std::move(problem)};
}

std::optional<std::int64_t> lead_by_counter(const wire::Job& job) {
    const auto age = [&] { return ns_between(job.time_stamp, time_stamp(), job.time_stamp_khz); };
    if (!age()) {
        return std::nullopt;
    }
    const auto moment = wire::same_moment([&] { return age().value_or(0); }, wall_clock_ns);
    return job.wall_time_ns + moment.outer_ns - moment.inner;
}

// By how much it is wrong, not to what it should be: that holds however long this vCPU stands
// between the reading and the setting.
Problem move_clock(std::int64_t by_ns) {
    constexpr std::int64_t second = 1'000'000; // in µs: ADJ_NANO would stay for all who ask later
    const auto by_us = by_ns / 1000;
    timex change{};
    change.modes = ADJ_SETOFFSET;
    change.time.tv_usec = (by_us % second + second) % second; // never negative: adjtimex(2)
    change.time.tv_sec = (by_us - change.time.tv_usec) / second;
    if (::adjtimex(&change) < 0) {
        return errno_text("cannot set the clock");
    }
    return std::nullopt;
}

} // namespace

void Lead::narrow(std::int64_t asked_ns, std::int64_t host_ns, std::int64_t answered_ns) {
    const bool first = most_ == std::numeric_limits<std::int64_t>::max();
    const auto least = host_ns - answered_ns;
    const auto most = host_ns - asked_ns;
    if (first || least > most_ || most < least_) {
        least_ = least;
        most_ = most;
        return;
    }
    least_ = std::max(least_, least);
    most_ = std::min(most_, most);
}

std::optional<std::int64_t> ns_between(std::uint64_t from, std::uint64_t to, std::uint64_t khz) {
    constexpr std::int64_t ns_a_ms = 1'000'000;
    const auto ticks = static_cast<std::int64_t>(to - from);
    const auto a_ms = static_cast<std::int64_t>(khz);
    if (from == 0 || a_ms <= 0 || ticks < 0) {
        return std::nullopt;
    }
    return ticks / a_ms * ns_a_ms + ticks % a_ms * ns_a_ms / a_ms;
}

ClockSet set_clock(const wire::Job& job, Channel& channel) {
    if (job.wall_time_ns <= 0) {
        return {.written_ns = monotonic_ns()};
    }
    if (job.clock_is_given) {
        const auto now = wire::same_moment(monotonic_ns, wall_clock_ns);
        return {.written_ns = now.outer_ns, .problem = move_clock(job.wall_time_ns - now.inner)};
    }
    auto answer = Answer{.lead_ns = lead_by_counter(job)};
    if (!answer.lead_ns) {
        answer = ask_until_near(channel);
    }
    if (!answer.lead_ns) {
        return {.written_ns = monotonic_ns(), .problem = std::move(answer.problem)};
    }
    const auto now = wire::same_moment(monotonic_ns, wall_clock_ns);
    const auto age_ns = now.inner + *answer.lead_ns - job.wall_time_ns;
    if (auto problem = move_clock(*answer.lead_ns)) {
        answer.problem = std::move(problem);
    }
    return {.written_ns = now.outer_ns - age_ns, .problem = std::move(answer.problem)};
}

} // namespace ktstr::guest
