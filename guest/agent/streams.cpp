#include "guest/agent/streams.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ktstr::guest {

namespace {

constexpr std::size_t at_once = 64U << 10;
constexpr int chunks_per_pump = 8;
constexpr std::size_t input_limit = 1U << 20;

} // namespace

void OutputStream::pump(Channel& channel) {
    static std::array<char, at_once> buffer;
    for (int i = 0; i < chunks_per_pump && is_open(); ++i) {
        const auto room = std::min(channel.output_room(), buffer.size());
        if (room == 0) {
            return;
        }
        const auto got = ::read(fd_.get(), buffer.data(), room);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (got <= 0) { // End of file; EIO says the same of a terminal.
            fd_.reset();
            return;
        }
        const auto size = static_cast<std::size_t>(got);
        channel.send(type_, {buffer.data(), size});
        bytes_ += size;
        if (size < room) {
            return;
        }
    }
}

void OutputStream::note_owed() {
    int waiting = 0;
    if (is_open() && ::ioctl(fd_.get(), FIONREAD, &waiting) == 0 && waiting > 0) {
        owed_until_ = bytes_ + static_cast<std::uint64_t>(waiting);
    }
}

bool InputStream::is_full() const {
    return pending_.size() >= input_limit;
}

void InputStream::add(std::string_view bytes) {
    if (wants_more()) {
        pending_ += bytes;
        pump();
    }
}

void InputStream::end() {
    if (!wants_more()) {
        return;
    }
    ending_ = true;
    if (::isatty(fd_.get()) != 0) {
        pending_ += '\x04'; // A terminal has no end: VEOF stands for it.
    }
    pump();
}

void InputStream::pump() {
    while (fd_ && !pending_.empty()) {
        const auto wrote = ::write(fd_.get(), pending_.data(), pending_.size());
        if (wrote < 0 && errno == EAGAIN) {
            return;
        }
        if (wrote < 0 && errno != EINTR) { // The program has closed its end.
            pending_.clear();
            fd_.reset();
            open_ = false;
            return;
        }
        pending_.erase(0, static_cast<std::size_t>(std::max<ssize_t>(wrote, 0)));
    }
    close_when_done();
}

void InputStream::close_when_done() {
    if (ending_ && pending_.empty()) {
        fd_.reset();
        open_ = false;
    }
}

} // namespace ktstr::guest
