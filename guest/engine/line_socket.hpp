// Lines over a stream socket, with a bound on each and on the time that sending may take.
#pragma once

#include "guest/base/os.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::guest {

inline constexpr std::size_t longest_line = 16U << 20; // the contract's

class LineSocket final {
public:
    LineSocket() = default;

    explicit LineSocket(Fd fd, std::size_t longest = longest_line)
        : fd_(std::move(fd)), longest_(longest) {}

    // To be polled for reading; -1 when the other side is gone or broke the bound.
    int fd() const { return fd_.get(); }

    bool is_open() const { return static_cast<bool>(fd_); }

    // Takes what is there, without waiting. Closes at the end of the stream and at a line that is
    // too long; lines before that can still be had.
    void receive();

    // The next whole line, without its end.
    std::optional<std::string> next();

    // Waits for the next line; absent when none came in time or will come.
    std::optional<std::string> await(std::int64_t until_ns);

    // Adds the line's end. False, and closed, when the other side does not take it in time.
    bool send(std::string_view line, std::int64_t patience_ms = 10'000);

    void close() { fd_.reset(); }

private:
    Fd fd_;
    std::size_t longest_ = longest_line;
    std::string pending_;
    std::size_t begin_ = 0;  // of it: those before are taken
    std::size_t looked_ = 0; // up to here it is known to have no line's end
};

} // namespace ktstr::guest
