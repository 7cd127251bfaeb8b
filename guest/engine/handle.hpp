// The engine as the agent has it: a process of its own, so that its fault is not PID 1's, which
// lives from the setup, or the job, to the end of the job's program.
#pragma once

#include "guest/base/os.hpp"
#include "guest/engine/line_socket.hpp"
#include "guest/wire/messages.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ktstr::guest {

// The cgroup of the engine and of the scheduler, each in one of its own below.
inline constexpr const char* engine_cgroup = "ktstr.engine";

// The name by which the guest's program is the engine (argv[0]), and of its process.
inline constexpr const char* engine_name = "ktstr-engine";

// Descriptors that it begins with.
inline constexpr int engine_control_fd = 3;
inline constexpr int engine_listener_fd = 4;

class EngineHandle final {
public:
    // Starts `program` as the engine, with the socket that clients find at `socket`, below the
    // directory `cgroup` (engine_cgroup's; empty: in the caller's own).
    explicit EngineHandle(std::string cgroup,
                          const char* program = "/proc/self/exe",
                          const std::string& socket = wire::engine_socket);
    EngineHandle(const EngineHandle&) = delete;
    EngineHandle& operator=(const EngineHandle&) = delete;

    // Ends it, and kills what it started in its cgroup, if anything of that is left.
    ~EngineHandle();

    // Why there is none.
    const Problem& problem() const { return problem_; }

    // From here on the seed decides how long starts of schedulers and workers take, and their
    // order.
    void vary(std::uint64_t seed);

    struct Attached {
        Problem problem; // one line
        wire::Story story;
    };

    // Waits until the scheduler is attached or is not going to be; `give_up` is asked every 20 ms.
    Attached attach(const wire::Scheduler& scheduler, const std::function<bool()>& give_up);

    // Has it stop everything. Calls `facts` with each piece, and gives the story's JSON; when the
    // engine is gone or does not answer, a story that says so. Once.
    std::string finish(const std::function<void(std::string_view)>& facts);

private:
    void start(const char* program, Fd control, Fd listener);
    std::string lost(const std::string& what) const;
    void reap();

    Problem problem_;
    std::string cgroup_;
    pid_t pid_ = -1;
    LineSocket control_;
    std::int64_t longest_stop_ms_ = 30'000;
    bool has_told_ = false; // its story, which is its last word
};

// A listening socket at `path`, whose directory is made.
struct Listener {
    Fd fd;
    Problem problem;
};

Listener listen_at(const std::string& path);

} // namespace ktstr::guest
