// The agent's view of the memory window (guest/wire/window.hpp), and the two rings in it as one
// channel.
#pragma once

#include "guest/base/os.hpp"
#include "guest/wire/ring.hpp"
#include "guest/wire/window.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::guest {

struct WindowRange {
    std::uint64_t base = 0;
    std::uint64_t size = 0;
};

// `ktstr.window=0xBASE,0xSIZE` of a kernel command line; absent when it is not there or makes no
// sense.
std::optional<WindowRange> parse_window_range(std::string_view command_line);

class Window final {
public:
    explicit Window(std::span<std::byte> memory) : memory_(memory) {}

    // As the header, once it is checked, says; and where it is mapped.
    bool has_doorbell() const { return header().doorbell != 0; }

    void set_doorbell(volatile std::uint32_t* doorbell) { doorbell_ = doorbell; }

    // Tells the host that there is something for it.
    void ring() const {
        if (doorbell_ != nullptr) {
            *doorbell_ = 1;
        }
    }

    // Whether nothing of the host's comes at a time of the host's.
    bool is_lockstep() const { return header().lockstep != 0; }

    // In a machine in lockstep: says so, and returns when the host has done something about it.
    void await_host(wire::Waiting what);

    // Magic, version and sizes, as the host must have written them.
    Problem check() const;

    // The host writes that before the job. It is looked at behind the report, so that it cannot
    // change what comes before.
    bool wants_trace() const { return header().wants_trace != 0; }

    bool setup_is_there() const;
    bool job_is_there() const;

    // Copies; a size that cannot be gives an empty text.
    std::string setup() const;
    std::string job() const;

    // The archive of the setup or the job as it lies in the window: nothing writes there between
    // the commit and the answer.
    std::span<const std::byte> payload() const;

    wire::RingWriter to_host();
    wire::RingReader to_guest();

private:
    wire::Header header() const;

    std::span<std::byte> memory_;
    volatile std::uint32_t* doorbell_ = nullptr; // none: the host looks by itself
};

// The mapped range, or why it cannot be had.
struct MappedRange {
    std::span<std::byte> memory;
    Problem problem;
};

MappedRange map_physical(WindowRange range);

// Frames out, with patience; frames in.
class Channel final {
public:
    explicit Channel(Window& window);

    // The host looks at what was sent, and at what is wanted of it. In lockstep; else it does so by
    // itself, and nothing is waited for.
    bool await_host(wire::Waiting what);

    // Bytes of the program's output that may go now. A part of the ring is kept for frames that
    // must always get through, so 0 comes before the ring is really full.
    std::size_t output_room();

    // Waits while the ring is full, at most so long: false when the host did not drain it.
    bool send(wire::FrameType type, std::string_view body, std::int64_t patience_ms = 2000);

    std::optional<wire::Frame> receive();

    // Until it speaks again the host hears questions only: nothing of a rehearsal's.
    void be_quiet() { quiet_ = true; }

    // Gives the last that a quiet channel was to send of stderr.
    std::string speak_again();

    // The host wants a stop. Frames are looked at, up to a bound, and kept for receive().
    bool stop_is_waiting();

private:
    Window* window_;
    wire::RingWriter out_;
    wire::RingReader in_;
    std::deque<wire::Frame> kept_;
    std::size_t kept_bytes_ = 0;
    bool quiet_ = false;
    std::string unsaid_;
};

} // namespace ktstr::guest
