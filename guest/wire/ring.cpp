#include "guest/wire/ring.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ktstr::wire {

namespace {

std::uint64_t load(std::uint64_t& index) {
    return std::atomic_ref(index).load(std::memory_order_acquire);
}

void store(std::uint64_t& index, std::uint64_t value) {
    std::atomic_ref(index).store(value, std::memory_order_release);
}

void copy_in(std::span<std::byte> ring, std::uint64_t at, std::span<const std::byte> bytes) {
    const auto offset = static_cast<std::size_t>(at % ring.size());
    const auto first = std::min(bytes.size(), ring.size() - offset);
    if (bytes.empty()) { // its data() may be null, which memcpy must not be given
        return;
    }
    std::memcpy(ring.data() + offset, bytes.data(), first);
    std::memcpy(ring.data(), bytes.data() + first, bytes.size() - first);
}

void copy_out(std::span<const std::byte> ring, std::uint64_t at, std::span<std::byte> bytes) {
    const auto offset = static_cast<std::size_t>(at % ring.size());
    const auto first = std::min(bytes.size(), ring.size() - offset);
    if (bytes.empty()) {
        return;
    }
    std::memcpy(bytes.data(), ring.data() + offset, first);
    std::memcpy(bytes.data() + first, ring.data(), bytes.size() - first);
}

} // namespace

void RingWriter::look() {
    seen_ = load(control_->read);
}

std::uint64_t RingWriter::held() const {
    return load(control_->write) - (seen_ ? *seen_ : load(control_->read));
}

std::size_t RingWriter::room() const {
    const auto held_now = held();
    if (held_now > data_.size()) {
        return 0;
    }
    const auto free = data_.size() - static_cast<std::size_t>(held_now);
    return free <= sizeof(FrameHeader)
               ? 0
               : std::min<std::size_t>(free - sizeof(FrameHeader), max_frame_body);
}

bool RingWriter::write(FrameType type, std::span<const std::byte> body) {
    const auto write = load(control_->write);
    const auto held_now = held();
    const auto need = sizeof(FrameHeader) + body.size();
    if (body.size() > max_frame_body || held_now > data_.size() || data_.size() - held_now < need) {
        return false;
    }
    const FrameHeader header{.type = static_cast<std::uint32_t>(type),
                             .length = static_cast<std::uint32_t>(body.size())};
    copy_in(data_, write, std::as_bytes(std::span(&header, 1)));
    copy_in(data_, write + sizeof header, body);
    store(control_->write, write + need);
    return true;
}

std::optional<Frame> RingReader::read() {
    const auto read = load(control_->read);
    const auto held = load(control_->write) - read;
    if (held < sizeof(FrameHeader) || held > data_.size()) {
        return std::nullopt;
    }
    FrameHeader header;
    copy_out(data_, read, std::as_writable_bytes(std::span(&header, 1)));
    if (header.length > held - sizeof header) {
        return std::nullopt;
    }
    Frame frame{.type = static_cast<FrameType>(header.type),
                .body = std::string(header.length, '\0')};
    copy_out(data_, read + sizeof header, std::as_writable_bytes(std::span(frame.body)));
    store(control_->read, read + sizeof header + header.length);
    return frame;
}

} // namespace ktstr::wire
