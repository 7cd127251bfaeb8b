// Output: relays a program's stdout or stderr to a descriptor of ours within a limit, so that a
// flood costs bounded memory here and in whoever captures us: the beginning goes through at once,
// of the rest the end is kept and given after a line that says how much is missing.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ktstr::session {

struct OutputLimits {
    std::uint64_t head = 16ULL << 20; // bytes relayed as they come; 0: all of them
    std::uint64_t tail = 1ULL << 20;  // bytes of the end kept beyond that
};

class Output final {
public:
    // Of descriptor -1: counts, and gives nothing.
    Output(int fd, OutputLimits limits) : fd_(fd), limits_(limits), reader_gone_(fd < 0) {}

    // A reader that went away (EPIPE) is remembered, not an error: the program's verdict does not
    // depend on it.
    Result<> add(std::string_view bytes);

    // Gives the kept end. Returns how many bytes were left out.
    Result<std::uint64_t> finish();

    std::uint64_t total() const { return total_; }

private:
    Result<> relay(std::string_view bytes);

    int fd_;
    OutputLimits limits_;
    std::uint64_t total_ = 0;
    bool reader_gone_ = false;
    std::string tail_;
};

} // namespace ktstr::session
