// How fast a transfer goes and how long it will take, as text. No clock of its own.
#pragma once

#include "ktstr-runner/base/deadline.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace ktstr::net {

// Bytes per second over the last seconds, so that a number follows a connection that gets slower.
class TransferRate final {
public:
    // `bytes` of the whole are there at `now`. Both never go back but to begin anew.
    void add(std::uint64_t bytes, Clock::time_point now);

    // Absent before there is enough to tell.
    std::optional<double> bytes_per_second() const;

private:
    struct Sample {
        std::uint64_t bytes;
        Clock::time_point at;
    };

    std::deque<Sample> samples_;
};

// "12.3 of 148 MiB, 4.1 MiB/s, 33 s left"; of an unknown total "12.3 MiB, 4.1 MiB/s".
std::string transfer_text(std::uint64_t bytes,
                          std::optional<std::uint64_t> total,
                          std::optional<double> bytes_per_second);

} // namespace ktstr::net
