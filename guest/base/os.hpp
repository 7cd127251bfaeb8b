// What the guest's program needs of the system: owned descriptors, small files, time. Failures are
// one-line texts, since each ends either on the console or in a report.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ktstr::guest {

class Fd final {
public:
    Fd() = default;

    explicit Fd(int fd) : fd_(fd) {}

    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }

    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    ~Fd() { reset(); }

    int get() const { return fd_; }

    explicit operator bool() const { return fd_ >= 0; }

    void reset();

private:
    int fd_ = -1;
};

struct Pipe {
    Fd read;
    Fd write;
};

// O_CLOEXEC on both ends; both empty when the system refuses.
Pipe make_pipe();

// What went wrong; absent when nothing did.
using Problem = std::optional<std::string>;

// "cannot open /x: No such file or directory" from "cannot open /x".
std::string errno_text(std::string_view what, int error = errno);

// The first `limit` bytes of a file; absent when it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::size_t limit = 1U << 20);

// The last `limit` bytes of a file, behind a line that says so when it has more; empty when it
// cannot be read.
std::string read_end(const std::string& path, std::size_t limit);

// Writes an existing file (of /proc, /sys or a cgroup) in one call.
Problem write_file(const std::string& path, std::string_view text);

// mkdir -p
Problem make_dirs(std::string_view path, mode_t mode = 0755);

std::int64_t monotonic_ns();
std::int64_t wall_clock_ns(); // CLOCK_REALTIME

// The processor's counter of time: the TSC, or CNTVCT_EL0.
std::uint64_t time_stamp();
void sleep_ms(int milliseconds);
void sleep_ns(std::uint64_t nanoseconds);

// A point in time that has passed or has not.
class Deadline final {
public:
    explicit Deadline(std::int64_t milliseconds) : at_(monotonic_ns() + milliseconds * 1'000'000) {}

    bool passed() const { return monotonic_ns() >= at_; }

    std::int64_t at_ns() const { return at_; }

private:
    std::int64_t at_;
};

} // namespace ktstr::guest
