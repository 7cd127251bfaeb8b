// The kernel's limit for a runnable task that does not run is a field of the scheduler,
// sched_ext_ops.timeout_ms; there is no switch for it in /proc or /sys. So it is written into the
// scheduler on its way into the kernel: a filter of seccomp(2) on the loader stops each
// BPF_MAP_UPDATE_ELEM, and where that fills in a sched_ext_ops, the field is set in the loader's
// memory before the call goes on.
//
// What it costs: that loader's other updates of maps make a detour of some microseconds over the
// engine for as long as it lives. So it is done only for a test that asks for it.
#pragma once

#include "guest/base/os.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ktstr::guest {

// In the loader's process, before its exec: from now on its updates of maps wait for a
// WatchdogOverride. Gives the number of the descriptor that the engine needs (closed by exec);
// absent, with errno, when the kernel refuses.
std::optional<int> hold_map_updates();

class WatchdogOverride final {
public:
    // `handle`: a pidfd of the loader, which has `descriptor` of hold_map_updates() open.
    WatchdogOverride(std::int64_t limit_ms, int handle, int descriptor);

    const Problem& problem() const { return problem_; }

    // To be polled for reading; -1 when there is nothing to wait for.
    int fd() const { return listener_.get(); }

    // Lets the call that waits go on.
    void serve();

    // So many schedulers were given the limit.
    int done() const { return done_; }

private:
    void change(pid_t thread, std::uint64_t attributes);

    std::uint32_t limit_ms_;
    int handle_;
    Fd listener_;
    std::uint32_t value_type_ = 0; // of the map: struct bpf_struct_ops_sched_ext_ops
    std::uint32_t offset_ = 0;     // of timeout_ms in it
    int done_ = 0;
    Problem problem_;
};

} // namespace ktstr::guest
