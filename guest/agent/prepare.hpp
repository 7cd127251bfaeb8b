// Makes the guest what a job wants it to be, before its program starts.
#pragma once

#include "guest/agent/os.hpp"
#include "guest/wire/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::guest {

// Makes what prepare() needs in the guest: while it boots, so that no test waits for it.
std::vector<std::string> make_ready(); // what could not be made, for people

struct Prepared {
    Problem problem;                // the program cannot start
    std::vector<std::string> notes; // it can, but the report should say this
    std::int64_t unpack_ns = 0;
};

// `handed_over_ns`: CLOCK_MONOTONIC when the host had written the job.
Prepared
prepare(const wire::Job& job, std::span<const std::byte> payload, std::int64_t handed_over_ns);

// Bytes of a text of hex digit pairs, up to the first thing that is none.
std::vector<std::uint8_t> bytes_of_hex(std::string_view text);
std::string hex_of(std::span<const unsigned char> bytes);

// Nanoseconds between two readings of a counter that goes at `khz`; absent when the first was not
// taken (0), the rate is not known (0), or it went backwards.
std::optional<std::int64_t> ns_between(std::uint64_t from, std::uint64_t to, std::uint64_t khz);

} // namespace ktstr::guest
