// Machine: all that the rest knows of a VM. One object is one machine from creation to its end; the
// destructor leaves nothing behind. Single-threaded: the owner polls descriptors() and calls
// service().
#pragma once

#include "ktstr-runner/base/cpu_time.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/base/time_stamp.hpp"
#include "ktstr-runner/base/vcpu_counters.hpp"
#include "ktstr-runner/base/vcpu_place.hpp"
#include "ktstr-runner/machine/spec.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::machine {

// The host's view of a window: copies in and out, bounds-checked. The guest may write at any time.
class WindowMemory {
public:
    virtual ~WindowMemory() = default;
    virtual std::uint64_t size() const = 0;
    virtual Result<> read(std::uint64_t offset, std::span<std::byte> into) const = 0;
    virtual Result<> write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
};

// Why a machine runs no more.
struct Ending {
    enum class Cause {
        powered_off, // by the guest, in an orderly way
        reset,       // the guest rebooted or triple-faulted
        panicked,    // the console tells of a kernel panic
        broken,      // the machine itself failed: emulator crash, internal error
    };
    Cause cause;
    std::string detail; // for people: the panic line, QEMU's last words
};

// Why a machine that runs stands still, by itself.
enum class Standstill {
    waits,     // its guest waits for the host
    ring_full, // its guest waits until the host has taken what it said
    at_time,   // it was to stop at this time
};

// The error of whoever reads the memory of a machine whose process is dying. How it died is its
// ending, which may come a little later.
inline constexpr const char* machine_is_gone = "the machine is gone";

// What a restored machine is for: a clone shares the files' pages and cannot be saved again; a copy
// has its own.
enum class Restored { clone, copy };

class Machine {
public:
    virtual ~Machine() = default;

    // "qemu 10.0.2, tcg, microvm": backend, version, acceleration, model; goes into the sidecar.
    virtual std::string describe() const = 0;

    // A machine is created paused. One that stands still by itself is paused too.
    virtual Result<> resume() = 0;
    virtual Result<> pause() = 0;

    // As of the last service(). Only a deterministic machine stands still by itself: nothing of the
    // host's reaches its guest meanwhile.
    virtual std::optional<Standstill> standstill() const { return std::nullopt; }

    virtual WindowMemory& window() = 0;

    // Copies from the guest's memory, `physical` on; also when the machine has ended and its
    // process has not. One that runs may write meanwhile. An address without RAM is an error.
    virtual Result<>
    read_memory(std::uint64_t physical, std::span<std::byte> into, Deadline deadline) = 0;

    // Descriptors to poll for input; service() takes what came (console bytes, events of the
    // monitor), never blocks.
    virtual std::vector<int> descriptors() const = 0;
    virtual Result<> service() = 0;

    // Whether a descriptor becomes readable for every frame of the guest's, so that nobody need
    // look for them all the time.
    virtual bool rings() const { return false; }

    virtual const std::optional<Ending>& ending() const = 0;

    // The last bytes of the serial console (at most 64 KiB are kept), as they came.
    virtual std::string_view console() const = 0;

    // How many bytes ever came.
    virtual std::uint64_t console_bytes() const = 0;

    // Saves the paused machine as the files `ram0`, `ram1`, ... and `state` in an empty directory.
    // Zero pages become holes. A machine that was itself restored from files must have been
    // restored to be saved again.
    virtual Result<> save(const std::filesystem::path& directory) = 0;

    // Drops from the paused machine's memory what was loaded for its boot and nobody needs any
    // more. Before anything is unpacked in it.
    virtual Result<> forget_boot() { return {}; }

    // Makes the paused machine a server of forks under `name` (see fork()), which lives until the
    // process of the pidfd `owner` has ended, and is no longer a machine: the object ends nothing
    // any more. `note` is what those who ask are told. False: this kind does not; an error: this
    // one cannot, and goes on as it was, but for save().
    virtual Result<bool>
    serve_forks(const std::string& /*name*/, int /*owner*/, std::string_view /*note*/) {
        return false;
    }

    // The process that it is.
    virtual pid_t pid() const = 0;

    // The thread of each vCPU, in order. An error when they have none of their own: some emulators
    // run all vCPUs with one.
    virtual Result<std::vector<pid_t>> vcpu_threads() = 0;

    // Of what its spec asked for as real-time, what this machine cannot have, and why; empty when
    // it has all, or was not asked to.
    virtual std::vector<std::string> not_real_time() const { return {}; }

    // What the host has given it so far; absent when the host does not say.
    virtual std::optional<CpuTime> cpu_time() const = 0;

    // From here on the counter goes, also in a machine that was restored and has not been resumed
    // yet; absent when nobody knows.
    virtual std::optional<TimeStamp> time_stamp() = 0;

    // Of each vCPU, in order; empty when nobody counts.
    virtual std::vector<VcpuCounters> counters() = 0;

    // Why nothing will happen any more in a machine that runs, as of the last counters(); absent
    // when that is not so, or nobody knows.
    virtual std::optional<std::string> stillness() const { return std::nullopt; }

    // Of a machine that stands still: where its vCPUs are, in order; empty when it cannot tell.
    virtual Result<std::vector<VcpuPlace>> places() { return std::vector<VcpuPlace>{}; }

    // Lets a debugger in by a socket, by gdb's remote protocol; from then on it stops and goes on
    // as that wants. False: this kind of machine does not. And whether one is there.
    virtual Result<bool> let_debugger_in(const std::filesystem::path& /*socket*/) { return false; }

    virtual Result<bool> has_debugger() { return false; }

    // Ends it at once, whatever the guest does, and reaps all that belongs to it.
    virtual void stop() = 0;
};

} // namespace ktstr::machine
