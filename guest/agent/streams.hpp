// The program's standard streams on their way from and to the rings. Memory is bounded: an output
// is read only when the ring has room, and the program then waits on its pipe.
#pragma once

#include "guest/agent/window.hpp"
#include "guest/base/os.hpp"
#include "guest/wire/window.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ktstr::guest {

class OutputStream final {
public:
    OutputStream(Fd fd, wire::FrameType type) : fd_(std::move(fd)), type_(type) {}

    bool is_open() const { return static_cast<bool>(fd_); }

    int fd() const { return fd_.get(); }

    std::uint64_t bytes() const { return bytes_; }

    // Moves what is there, up to a bound; closes at the end of file.
    void pump(Channel& channel);

    // Remembers how much lies in the pipe now: all_owed_read() is true once so much has been moved.
    void note_owed();

    bool all_owed_read() const { return !is_open() || bytes_ >= owed_until_; }

private:
    Fd fd_;
    wire::FrameType type_;
    std::uint64_t bytes_ = 0;
    std::uint64_t owed_until_ = 0;
};

class InputStream final {
public:
    explicit InputStream(Fd fd) : fd_(std::move(fd)), open_(static_cast<bool>(fd_)) {}

    // More may come, so the ring is worth looking at often.
    bool wants_more() const { return open_ && !ending_; }

    // Holds as much as it should: frames wait in the ring until the program has read.
    bool is_full() const;

    // To be polled for writing; -1 when there is nothing to write.
    int fd() const { return pending_.empty() ? -1 : fd_.get(); }

    void add(std::string_view bytes);
    void end();

    // Writes what the pipe takes.
    void pump();

private:
    void close_when_done();

    Fd fd_;
    bool open_;
    bool ending_ = false;
    std::string pending_;
};

} // namespace ktstr::guest
