#include "guest/base/os.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ktstr::guest {

void Fd::reset() {
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
    }
}

Pipe make_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return {};
    }
    return {.read = Fd(ends[0]), .write = Fd(ends[1])};
}

std::string errno_text(std::string_view what, int error) {
    return std::string(what) + ": " + ::strerror(error);
}

namespace {

std::optional<std::string> read_some(const Fd& fd, std::size_t limit) {
    std::string text;
    std::array<char, 4096> buffer;
    while (text.size() < limit) {
        const auto got =
            ::read(fd.get(), buffer.data(), std::min(buffer.size(), limit - text.size()));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return std::nullopt;
        }
        if (got == 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

} // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t limit) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return fd ? read_some(fd, limit) : std::nullopt;
}

std::string read_end(const std::string& path, std::size_t limit) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto size = fd ? ::lseek(fd.get(), 0, SEEK_END) : -1;
    if (size < 0) {
        return {};
    }
    const auto skipped = std::max<off_t>(0, size - static_cast<off_t>(limit));
    ::lseek(fd.get(), skipped, SEEK_SET);
    const auto text = read_some(fd, limit).value_or("");
    return skipped == 0 ? text
                        : "[" + std::to_string(skipped) + " bytes before are left out]\n" + text;
}

Problem write_file(const std::string& path, std::string_view text) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) {
        return errno_text("cannot open " + path);
    }
    if (::write(fd.get(), text.data(), text.size()) < 0) {
        return errno_text("cannot write " + path);
    }
    return std::nullopt;
}

Problem make_dirs(std::string_view path, mode_t mode) {
    for (std::size_t end = 1; end <= path.size(); ++end) {
        if (end < path.size() && path[end] != '/') {
            continue;
        }
        const std::string part(path.substr(0, end));
        if (::mkdir(part.c_str(), mode) == 0) {
            continue;
        }
        struct stat status{};
        if (errno != EEXIST) {
            return errno_text("cannot make directory " + part);
        }
        if (::stat(part.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) {
            return errno_text("cannot make directory " + part, ENOTDIR);
        }
    }
    return std::nullopt;
}

std::uint64_t time_stamp() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    std::uint64_t value = 0;
    asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value) : : "memory");
    return value;
#else
#error "which counter does this processor have?"
#endif
}

namespace {

std::int64_t read_clock(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

} // namespace

std::int64_t monotonic_ns() {
    return read_clock(CLOCK_MONOTONIC);
}

std::int64_t wall_clock_ns() {
    return read_clock(CLOCK_REALTIME);
}

void sleep_ms(int milliseconds) {
    sleep_ns(static_cast<std::uint64_t>(milliseconds) * 1'000'000);
}

void sleep_ns(std::uint64_t nanoseconds) {
    constexpr std::uint64_t second = 1'000'000'000;
    const timespec time{.tv_sec = static_cast<time_t>(nanoseconds / second),
                        .tv_nsec = static_cast<long>(nanoseconds % second)};
    ::nanosleep(&time, nullptr);
}

} // namespace ktstr::guest
