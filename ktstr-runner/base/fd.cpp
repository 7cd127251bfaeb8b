#include "ktstr-runner/base/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ktstr {

void Fd::reset() {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

Result<Fd> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
    Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!fd) {
        return fail(Error::from_errno("open " + path.string()));
    }
    return fd;
}

Result<> write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail(Error::from_errno("write"));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Result<> write_all(int fd, std::string_view text) {
    return write_all(fd, bytes_of(text));
}

Result<std::string> read_to_end(int fd, std::size_t limit) {
    std::string out;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail(Error::from_errno("read"));
        }
        if (n == 0) {
            return out;
        }
        out.append(buffer.data(), static_cast<std::size_t>(n));
        if (out.size() > limit) {
            return fail(ErrorKind::environment,
                        "there are more than " + std::to_string(limit) + " bytes");
        }
    }
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
    TRY_ASSIGN(const auto fd, open_file(path, O_RDONLY));
    TRY_ASSIGN(auto text, read_to_end(fd.get(), limit), "cannot read " + path.string());
    return text;
}

Result<Pipe> make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
        return fail(Error::from_errno("pipe"));
    }
    return Pipe{.read = Fd(fds[0]), .write = Fd(fds[1])};
}

} // namespace ktstr
