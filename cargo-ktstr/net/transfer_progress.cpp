#include "cargo-ktstr/net/transfer_progress.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ktstr::net {

namespace {

constexpr auto window = std::chrono::seconds{5};
constexpr auto between_samples = std::chrono::milliseconds{100};
constexpr auto enough = std::chrono::milliseconds{500};

double in_seconds(Clock::duration span) {
    return std::chrono::duration<double>(span).count();
}

// "12.3 of 148 MiB": the unit once where both have it.
std::string part_of(std::uint64_t bytes, std::uint64_t total) {
    const auto part = human_bytes(bytes);
    const auto whole = human_bytes(total);
    const auto unit = part.rfind(' ');
    const bool same = whole.ends_with(part.substr(unit));
    return fmt::format("{} of {}", same ? part.substr(0, unit) : part, whole);
}

std::string time_left(double left) {
    const auto whole = static_cast<std::uint64_t>(std::ceil(left));
    if (whole < 100) {
        return fmt::format("{} s left", whole);
    }
    const auto minutes = (whole + 59) / 60;
    return minutes < 100 ? fmt::format("{} min left", minutes)
                         : fmt::format("{} h left", (minutes + 59) / 60);
}

} // namespace

void TransferRate::add(std::uint64_t bytes, Clock::time_point now) {
    if (!samples_.empty() && bytes < samples_.back().bytes) {
        samples_.clear();
    }
    // The newest is moved rather than joined by another, so that they stay few.
    if (samples_.size() > 1 && now - samples_[samples_.size() - 2].at < between_samples) {
        samples_.back() = {.bytes = bytes, .at = now};
    } else {
        samples_.push_back({.bytes = bytes, .at = now});
    }
    while (samples_.size() > 2 && now - samples_[1].at >= window) {
        samples_.pop_front();
    }
}

std::optional<double> TransferRate::bytes_per_second() const {
    if (samples_.empty() || samples_.back().at - samples_.front().at < enough) {
        return std::nullopt;
    }
    return static_cast<double>(samples_.back().bytes - samples_.front().bytes) /
           in_seconds(samples_.back().at - samples_.front().at);
}

std::string transfer_text(std::uint64_t bytes,
                          std::optional<std::uint64_t> total,
                          std::optional<double> bytes_per_second) {
    bytes = std::min(bytes, total.value_or(bytes));
    auto text = total ? part_of(bytes, *total) : human_bytes(bytes);
    if (bytes_per_second) {
        text += fmt::format(", {}/s", human_bytes(static_cast<std::uint64_t>(*bytes_per_second)));
        const auto left = static_cast<double>(total.value_or(bytes) - bytes) / *bytes_per_second;
        constexpr double a_year = 365.0 * 24 * 3600;
        if (total && left < a_year) { // not so for 0/0 and x/0
            text += ", " + time_left(left);
        }
    }
    return text;
}

} // namespace ktstr::net
