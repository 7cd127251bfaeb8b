// One run of a job's program, from exec to report: relays its streams, reaps, keeps the time limit,
// obeys `stop`, and leaves no process behind. One thread; waits in poll(2), with a short timeout
// only because the host cannot ring.
#pragma once

#include "guest/agent/launch.hpp"
#include "guest/agent/live_files.hpp"
#include "guest/agent/standing.hpp"
#include "guest/agent/streams.hpp"
#include "guest/agent/tasks.hpp"
#include "guest/agent/window.hpp"
#include "guest/wire/messages.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::guest {

// What becomes of processes that the program leaves: those of a test are told and killed, those of
// a setup are what it was for, those of a rehearsal are killed, and all others live.
enum class Leftovers { clear, keep, forget };

struct Terms {
    std::int64_t limit_at_ns = 0; // CLOCK_MONOTONIC; 0: none
    Leftovers leftovers = Leftovers::clear;
};

class Run final {
public:
    // `launched` has a process. SIGCHLD is blocked.
    Run(const wire::Job& job,
        Launch launched,
        Standing& standing,
        Channel& channel,
        LiveFiles& files,
        Terms terms);

    wire::Report finish();

private:
    struct End {
        int status = 0;
        rusage usage{};
        std::int64_t at_ns = 0;
    };

    void poll_once(std::int64_t until_ns);
    int poll_timeout_ms(std::int64_t until_ns, bool room) const;
    void reap();
    static bool has_children();
    std::vector<ProcStat> left_processes() const;
    void obey_frames();
    bool wants_stop();

    void diagnose_and_kill();
    void drain(std::int64_t patience_ms);
    void clear_leftovers();
    void forget_leftovers();
    void kill_everything();

    bool outputs_open() const { return out_.is_open() || err_.is_open(); }

    void judge();
    void add_memory_note();

    const wire::Job& job_;
    Standing& standing_;
    Channel& channel_;
    std::int64_t limit_at_ns_;
    Leftovers leftovers_;
    std::int64_t started_ns_;
    std::int64_t moved_ns_; // when a descriptor last had something
    pid_t pid_;
    int terminal_;
    OutputStream out_;
    OutputStream err_;
    InputStream in_;
    LiveFiles& files_;
    std::optional<End> end_;
    std::optional<std::string> stop_reason_;
    bool killed_ =
        false; // for that reason: a stop that comes behind the program's own end changes nothing
    wire::Report report_;
};

} // namespace ktstr::guest
