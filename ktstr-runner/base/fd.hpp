// Fd: an owned file descriptor; plus whole-file and exact-length reads and writes.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ktstr {

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

// open(2) with O_CLOEXEC; the error names the path.
Result<Fd> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0644);

// Writes all of `bytes`, however many calls it takes.
Result<> write_all(int fd, std::span<const std::byte> bytes);
Result<> write_all(int fd, std::string_view text);

// The whole of a file, refused above `limit` bytes (a file of the kernel or of a guest may be
// endless).
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t limit = std::size_t{1} << 30);

// All that is left to read of a file or a pipe, refused above `limit` bytes.
Result<std::string> read_to_end(int fd, std::size_t limit);

// A pipe with O_CLOEXEC on both ends.
struct Pipe {
    Fd read;
    Fd write;
};

Result<Pipe> make_pipe();

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace ktstr
