// The host's end of the window: header and slots written, rings read and written by copies. All
// that comes from the guest is checked after it was copied; what cannot be is ErrorKind::guest.
#pragma once

#include "guest/wire/ring.hpp"
#include "guest/wire/window.hpp"
#include "ktstr-runner/machine/machine.hpp"

#include <optional>
#include <string_view>

namespace ktstr::machine {

struct WindowKind {
    bool has_doorbell = false; // behind the window
    bool lockstep = false;
};

class Channel final {
public:
    // How far the rings have been used, in bytes since the start: of ours to read, of ours to
    // write.
    struct Position {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
    };

    // A saved window is taken up where it was left.
    explicit Channel(WindowMemory& window) : Channel(window, Position{}) {}

    Channel(WindowMemory& window, Position at)
        : window_(window), received_(at.received), sent_(at.sent) {}

    Position position() const { return {.received = received_, .sent = sent_}; }

    // Writes the header of a fresh window (empty slots, empty rings).
    Result<> format(WindowKind kind = {});

    // Of a window in lockstep: what the guest waits for, and that it need not wait any more.
    Result<wire::Waiting> waiting() const;
    Result<> end_waiting();

    // Of a window in lockstep: from when the machine goes on, the vCPUs' turns are those of this
    // seed; 0: they are as long as they can be.
    Result<> set_turn_seed(std::uint64_t seed);

    // Writes the setup or the job and says so last. Its payload must be in place.
    Result<> submit_setup(std::string_view json);
    Result<> submit_job(std::string_view json);

    // The machine stops by itself when its clock is there, in ns. Before it goes on.
    Result<> stop_at(std::uint64_t ns);

    // Has the guest send what it traced, behind its report. Before the job.
    Result<> want_trace();

    // Room for the payload in bytes; writes a piece of it at `offset`; sets its size.
    std::uint64_t payload_capacity() const;
    Result<> write_payload(std::uint64_t offset, std::span<const std::byte> bytes);
    Result<> set_payload_size(std::uint64_t size);

    // Makes the first `size` bytes of its place zeros again, so that nothing of it is saved.
    Result<> clear_payload(std::uint64_t size);

    // Bytes that the guest's ring holds at most.
    static constexpr std::uint64_t most_held = wire::layout::to_host_size;

    // The next frame of the guest, absent when there is none.
    Result<std::optional<wire::Frame>> receive();

    // Sends a frame; false when the ring has no room now.
    Result<bool> send(wire::FrameType type, std::string_view body);

private:
    struct Slot;
    Result<> submit(const Slot& slot, std::string_view json);

    WindowMemory& window_;
    std::uint64_t received_; // our read index: never read back from the guest
    std::uint64_t sent_;     // our write index
};

} // namespace ktstr::machine
