// The memory window: the top of the guest's RAM, hidden from its kernel, through which host and
// guest talk. Layout version 3 (all integers little-endian, offsets from the window's first byte):
//
//   0x000000  Header, one page; written by the host before the guest runs
//   0x001000  RingControl of the ring to the host, then of the ring to the guest (one page each)
//   0x010000  ring to the guest: 64 KiB, stdin and stop
//   0x020000  setup: JSON Job of up to 896 KiB, what makes a layer-1 template of the machine
//   0x100000  job: JSON Job of up to 3 MiB, what to run
//   0x400000  ring to the host: 4 MiB, output and report
//   0x800000  payload: cpio archive of the setup, later of the job, to the end
//
// Where the header says so the next page behind the window is a doorbell: the guest stores 32 bits
// to its begin, of any value, when there is something for the host, which then need not look for
// it.
//
// Where the header says `lockstep`, nothing that the host does reaches the guest at a time of the
// host's: where the guest waits for the host it says so in `waiting` and looks at that word until
// it is 0 again. The machine stops there by itself; the host does what is wanted, and clears the
// word before it lets the machine go on.
//
// The guest's kernel is told `mem=<base>`, the agent `ktstr.window=<base>,<size>` (hexadecimal,
// bytes). Both sides take what the other wrote as hostile: it is copied first, then checked.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ktstr::wire {

inline constexpr std::uint64_t window_magic = 0x4e49575254534b54; // "TKSTRWIN" in memory order
inline constexpr std::uint32_t window_version = 3;

// Job and setup states in the header: the host writes the bytes first, the state last.
enum class SlotState : std::uint32_t { empty = 0, committed = 1 };

// What the guest waits for, in a machine in lockstep.
enum class Waiting : std::uint32_t {
    none = 0,
    answer = 1, // it has nothing to do
    room = 2,   // in the ring to the host
};

struct Header {
    std::uint64_t magic = window_magic;     //  0
    std::uint32_t version = window_version; //  8
    std::uint32_t doorbell = 0;             // 12: 1 when there is one, else 0
    std::uint64_t window_size = 0;          // 16
    std::uint64_t setup_size = 0;           // 24
    std::uint64_t job_size = 0;             // 32
    std::uint64_t payload_size = 0;         // 40
    std::uint32_t setup_state = 0;          // 48 SlotState
    std::uint32_t job_state = 0;            // 52 SlotState
    std::uint32_t lockstep = 0;             // 56: 1 when it is so, else 0
    std::uint32_t waiting = 0;              // 60 Waiting
    // Of a machine in lockstep, for its emulator; as of when the machine goes on. 0: not wanted.
    std::uint64_t turn_seed = 0;   // 64: of how vCPUs take turns
    std::uint64_t stop_at = 0;     // 72: it stops at this time of its clock, in ns
    std::uint32_t wants_trace = 0; // 80: 1 when what was traced shall come to the host
    std::uint32_t padding = 0;     // 84
};

static_assert(sizeof(Header) == 88);

// Indices count bytes since the start and never wrap in practice; write - read is what the ring
// holds.
struct RingControl {
    std::uint64_t write = 0;       //  0 written by the producer alone
    std::uint64_t padding[7] = {}; //  8 keeps the two indices on lines of their own
    std::uint64_t read = 0;        // 64 written by the consumer alone
};

static_assert(sizeof(RingControl) == 72);

inline constexpr std::uint64_t doorbell_size = 4096;

namespace layout {

inline constexpr std::uint64_t header = 0;
inline constexpr std::uint64_t to_host_control = 0x1000;
inline constexpr std::uint64_t to_guest_control = 0x2000;
inline constexpr std::uint64_t to_guest_ring = 0x1'0000;
inline constexpr std::uint64_t to_guest_size = 0x1'0000;
inline constexpr std::uint64_t setup = to_guest_ring + to_guest_size;
inline constexpr std::uint64_t setup_capacity = 0x10'0000 - setup;
inline constexpr std::uint64_t job = 0x10'0000;
inline constexpr std::uint64_t job_capacity = 0x30'0000;
inline constexpr std::uint64_t to_host_ring = job + job_capacity;
inline constexpr std::uint64_t to_host_size = 0x40'0000;
inline constexpr std::uint64_t payload = to_host_ring + to_host_size;

} // namespace layout

// Frames in the rings: a header, then `length` bytes. The write index is moved once, behind the
// body, so a guest that dies in the middle of a frame leaves no half one.
enum class FrameType : std::uint32_t {
    // from the guest
    hello = 1,       // JSON Hello, the agent is up
    ready = 2,       // empty, the agent waits for a setup or a job
    standing = 5,    // empty, it waits without sleeping; a template is saved here
    loaded = 6,      // JSON Loaded; it stands by; forks for the tests of one program begin here
    attached = 3,    // JSON Report of the setup; it stands by; a layer-1 template is saved here
    started = 4,     // JSON Started: payload unpacked, program about to be executed
    launched = 8,    // JSON Launched, of a deterministic guest: the program runs
    out = 16,        // bytes of the program's stdout
    err = 17,        // bytes of the program's stderr
    file_begin = 18, // JSON FileBegin: a file that comes back to the host
    file_data = 19,  // its bytes, in order
    file_end = 20,   // empty
    file_pages = 26, // JSON FilePages: where in memory a file lies, should the guest die
    log = 21,        // text for people: what the agent wants said
    diagnosis = 22,  // JSON Diagnosis: the tasks at the moment of a time limit
    ask_time = 23,   // empty: what time is it? Answered by `time`; before a program is started
    story = 24,      // JSON Story: what the engine says when all is over; before the report
    facts = 25,      // a piece of the JSON text of its measurements, in order; before the story
    report = 32,     // JSON Report: how it ended; only a trace and the goodbye follow
    trace = 34,      // bytes of what tracefs has, in order
    traced = 35,     // JSON Traced: that was all of it
    goodbye = 33,    // empty: nothing follows, the machine may be taken away
    // from the host
    in = 64,       // bytes for the program's stdin
    in_end = 65,   // empty: end of stdin
    stop = 66,     // JSON Stop: diagnose, kill, report
    resize = 67,   // JSON Terminal: the terminal has another size now
    stand_by = 68, // empty: the machine is about to be saved; answered by `standing`
    time = 69,     // JSON Time: what was asked for
    load = 70,     // JSON Job, its payload in place: to unpack and to rehearse, for many tests;
                   // answered by `loaded`
};

struct FrameHeader {
    std::uint32_t type = 0;   // 0 FrameType
    std::uint32_t length = 0; // 4 bytes of the body
};

static_assert(sizeof(FrameHeader) == 8);

inline constexpr std::uint32_t max_frame_body = 1U << 20; // a longer one is a broken peer

} // namespace ktstr::wire
