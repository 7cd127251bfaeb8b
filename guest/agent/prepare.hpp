// Makes the guest what a job wants it to be, before its program starts.
#pragma once

#include "guest/agent/window.hpp"
#include "guest/base/os.hpp"
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
    std::int64_t written_ns = 0; // CLOCK_MONOTONIC when the host wrote the job
};

Prepared prepare(const wire::Job& job, std::span<const std::byte> payload, Channel& channel);

// Bytes of a text of hex digit pairs, up to the first thing that is none.
std::vector<std::uint8_t> bytes_of_hex(std::string_view text);
std::string hex_of(std::span<const unsigned char> bytes);

} // namespace ktstr::guest
