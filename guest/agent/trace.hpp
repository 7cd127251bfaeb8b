// What the kernel tells of its scheduling in tracefs, kept in a buffer of its own beside those of
// the test. A machine that was told to trace fills it in every job, and it is read behind the
// report alone: whether anybody wants it changes nothing of the run.
#pragma once

#include "guest/agent/window.hpp"
#include "guest/base/os.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ktstr::guest {

inline constexpr const char* tracefs = "/sys/kernel/tracing";

// `ktstr.trace=sched` of a kernel command line.
bool is_told_to_trace(std::string_view command_line);

class Trace final {
public:
    // Of a machine that does not trace.
    Trace() : problem_("the machine was not told to trace") {}

    // Makes the buffer, of about `bytes` for all CPUs. What keeps it from that is told by send().
    Trace(const std::string& mounted_at, std::uint64_t bytes, unsigned cpus);

    // From now on events are written; until now.
    void begin() { switch_to("1"); }

    void end() { switch_to("0"); }

    // A begin or an end of something on this thread's track, as Perfetto draws it; costs a system
    // call, and nothing where there is no trace.
    void mark(std::string_view text);

    // The text of what was written, as frames. Why it is not there, or not whole.
    Problem send(Channel& channel);

private:
    void switch_to(std::string_view state);

    std::string directory_;
    Fd on_;
    Fd marker_;
    Problem problem_;
};

} // namespace ktstr::guest
