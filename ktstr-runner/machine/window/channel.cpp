#include "ktstr-runner/machine/window/channel.hpp"

#include "ktstr-runner/base/fd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

namespace ktstr::machine {

namespace {

using wire::FrameHeader;
using wire::Header;
using wire::RingControl;

struct Ring {
    std::uint64_t control;
    std::uint64_t data;
    std::uint64_t size;
};

constexpr Ring to_host{
    wire::layout::to_host_control, wire::layout::to_host_ring, wire::layout::to_host_size};
constexpr Ring to_guest{
    wire::layout::to_guest_control, wire::layout::to_guest_ring, wire::layout::to_guest_size};

tl::unexpected<Error> broken(std::string what) {
    return fail(ErrorKind::guest, "the guest broke the window protocol: " + std::move(what));
}

template <class T> Result<T> get(const WindowMemory& window, std::uint64_t offset) {
    T value{};
    TRY(window.read(offset, std::as_writable_bytes(std::span(&value, 1))));
    return value;
}

template <class T> Result<> put(WindowMemory& window, std::uint64_t offset, const T& value) {
    return window.write(offset, std::as_bytes(std::span(&value, 1)));
}

// The guest sees a state or an index only after what it stands for: both copies go through the same
// kernel path, in this order, and x86 keeps stores in order; the fence says so to the compiler and
// to other architectures.
template <class T> Result<> publish(WindowMemory& window, std::uint64_t offset, const T& value) {
    std::atomic_thread_fence(std::memory_order_release);
    return put(window, offset, value);
}

Result<> copy_out(const WindowMemory& window,
                  const Ring& ring,
                  std::uint64_t at,
                  std::span<std::byte> into) {
    const auto offset = at % ring.size;
    const auto first =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), ring.size - offset));
    TRY(window.read(ring.data + offset, into.first(first)));
    return first == into.size() ? Result<>{} : window.read(ring.data, into.subspan(first));
}

Result<> copy_in(WindowMemory& window,
                 const Ring& ring,
                 std::uint64_t at,
                 std::span<const std::byte> bytes) {
    const auto offset = at % ring.size;
    const auto first =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), ring.size - offset));
    TRY(window.write(ring.data + offset, bytes.first(first)));
    return first == bytes.size() ? Result<>{} : window.write(ring.data, bytes.subspan(first));
}

} // namespace

Result<> Channel::format(WindowKind kind) {
    if (window_.size() <= wire::layout::payload) {
        return fail(ErrorKind::internal,
                    fmt::format("a window of {} bytes has no room for a payload", window_.size()));
    }
    TRY(put(window_, to_host.control, RingControl{}));
    TRY(put(window_, to_guest.control, RingControl{}));
    received_ = 0;
    sent_ = 0;
    return publish(window_,
                   wire::layout::header,
                   Header{.doorbell = kind.has_doorbell ? 1U : 0U,
                          .window_size = window_.size(),
                          .lockstep = kind.lockstep ? 1U : 0U});
}

Result<wire::Waiting> Channel::waiting() const {
    TRY_ASSIGN(const auto what,
               get<std::uint32_t>(window_, wire::layout::header + offsetof(Header, waiting)));
    return static_cast<wire::Waiting>(what);
}

Result<> Channel::end_waiting() {
    return publish(window_, wire::layout::header + offsetof(Header, waiting), wire::Waiting::none);
}

Result<> Channel::set_turn_seed(std::uint64_t seed) {
    return put(window_, wire::layout::header + offsetof(Header, turn_seed), seed);
}

struct Channel::Slot {
    std::string_view name;
    std::uint64_t offset;
    std::uint64_t capacity;
    std::uint64_t size; // of the header's fields, in the window
    std::uint64_t state;
};

Result<> Channel::submit_setup(std::string_view json) {
    return submit({.name = "setup",
                   .offset = wire::layout::setup,
                   .capacity = wire::layout::setup_capacity,
                   .size = wire::layout::header + offsetof(Header, setup_size),
                   .state = wire::layout::header + offsetof(Header, setup_state)},
                  json);
}

Result<> Channel::submit_job(std::string_view json) {
    return submit({.name = "job",
                   .offset = wire::layout::job,
                   .capacity = wire::layout::job_capacity,
                   .size = wire::layout::header + offsetof(Header, job_size),
                   .state = wire::layout::header + offsetof(Header, job_state)},
                  json);
}

Result<> Channel::submit(const Slot& slot, std::string_view json) {
    if (json.size() > slot.capacity) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("the {} is {} bytes long, the window takes {}",
                                      slot.name,
                                      json.size(),
                                      slot.capacity))
                        .hint("arguments and environment are part of it: make them smaller"));
    }
    TRY(window_.write(slot.offset, bytes_of(json)));
    TRY(put(window_, slot.size, std::uint64_t{json.size()}));
    return publish(window_, slot.state, wire::SlotState::committed);
}

Result<> Channel::stop_at(std::uint64_t ns) {
    return put(window_, wire::layout::header + offsetof(Header, stop_at), ns);
}

Result<> Channel::want_trace() {
    return put(window_, wire::layout::header + offsetof(Header, wants_trace), std::uint32_t{1});
}

std::uint64_t Channel::payload_capacity() const {
    return window_.size() - std::min(window_.size(), wire::layout::payload);
}

Result<> Channel::write_payload(std::uint64_t offset, std::span<const std::byte> bytes) {
    const auto capacity = payload_capacity();
    if (offset > capacity || bytes.size() > capacity - offset) {
        return fail(
            Error(
                ErrorKind::environment,
                fmt::format("the payload does not fit: the window has room for {} bytes", capacity))
                .hint("give the machine a larger window, or take files out of the package's list"));
    }
    return window_.write(wire::layout::payload + offset, bytes);
}

Result<> Channel::set_payload_size(std::uint64_t size) {
    return put(window_, wire::layout::header + offsetof(Header, payload_size), size);
}

Result<> Channel::clear_payload(std::uint64_t size) {
    const std::vector<std::byte> zeros(std::min<std::uint64_t>(size, 1 << 20));
    for (std::uint64_t at = 0; at < size; at += zeros.size()) {
        const auto count = std::min<std::uint64_t>(zeros.size(), size - at);
        TRY(write_payload(at, std::span(zeros).first(static_cast<std::size_t>(count))));
    }
    return set_payload_size(0);
}

Result<std::optional<wire::Frame>> Channel::receive() {
    TRY_ASSIGN(const auto write,
               get<std::uint64_t>(window_, to_host.control + offsetof(RingControl, write)),
               "cannot read the window");
    std::atomic_thread_fence(std::memory_order_acquire);
    const auto held = write - received_;
    if (held == 0) {
        return std::optional<wire::Frame>{};
    }
    if (held > to_host.size) {
        return broken(fmt::format("its write index is {}, ours to read {}", write, received_));
    }
    FrameHeader header;
    if (held < sizeof header) {
        return broken(fmt::format("{} bytes are no frame", held));
    }
    TRY(copy_out(window_, to_host, received_, std::as_writable_bytes(std::span(&header, 1))));
    if (header.length > wire::max_frame_body || header.length > held - sizeof header) {
        return broken(fmt::format(
            "a frame of {} bytes where {} are held", header.length, held - sizeof header));
    }
    wire::Frame frame{.type = static_cast<wire::FrameType>(header.type),
                      .body = std::string(header.length, '\0')};
    TRY(copy_out(window_,
                 to_host,
                 received_ + sizeof header,
                 std::as_writable_bytes(std::span(frame.body))));
    received_ += sizeof header + header.length;
    TRY(publish(window_, to_host.control + offsetof(RingControl, read), received_));
    return std::optional(std::move(frame));
}

Result<bool> Channel::send(wire::FrameType type, std::string_view body) {
    const FrameHeader header{.type = static_cast<std::uint32_t>(type),
                             .length = static_cast<std::uint32_t>(body.size())};
    const auto need = sizeof header + body.size();
    if (need > to_guest.size) {
        return fail(ErrorKind::internal,
                    fmt::format("a frame of {} bytes can never be sent", body.size()));
    }
    TRY_ASSIGN(const auto read,
               get<std::uint64_t>(window_, to_guest.control + offsetof(RingControl, read)),
               "cannot read the window");
    const auto held = sent_ - read;
    if (held > to_guest.size) {
        return broken(fmt::format("its read index is {}, ours to write {}", read, sent_));
    }
    if (to_guest.size - held < need) {
        return false;
    }
    TRY(copy_in(window_, to_guest, sent_, std::as_bytes(std::span(&header, 1))));
    TRY(copy_in(window_, to_guest, sent_ + sizeof header, bytes_of(body)));
    sent_ += need;
    TRY(publish(window_, to_guest.control + offsetof(RingControl, write), sent_));
    return true;
}

} // namespace ktstr::machine
