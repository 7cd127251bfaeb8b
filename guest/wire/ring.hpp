// The guest's end of a ring, on mapped memory. The host's end is ktstr-runner/machine/window (by
// copies).
#pragma once

#include "guest/wire/window.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ktstr::wire {

class RingWriter final {
public:
    // `control` and `data` stay mapped and valid for the writer's life; data.size() is the ring's
    // capacity.
    RingWriter(RingControl* control, std::span<std::byte> data) : control_(control), data_(data) {}

    // From here on what the reader has taken is what it had at the last look.
    void look();

    // Bytes of body that a frame may have right now; 0 when not even a header fits.
    std::size_t room() const;

    // Writes a whole frame or nothing: false when it does not fit now.
    bool write(FrameType type, std::span<const std::byte> body);

private:
    std::uint64_t held() const;

    RingControl* control_;
    std::span<std::byte> data_;
    std::optional<std::uint64_t> seen_; // the reader's index; absent: as it is
};

struct Frame {
    FrameType type;
    std::string body;
};

class RingReader final {
public:
    RingReader(RingControl* control, std::span<const std::byte> data)
        : control_(control), data_(data) {}

    // The next whole frame, absent when there is none. A frame that cannot be (longer than the ring
    // holds) is never given.
    std::optional<Frame> read();

private:
    RingControl* control_;
    std::span<const std::byte> data_;
};

} // namespace ktstr::wire
