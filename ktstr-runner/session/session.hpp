// A session: one attempt of one program in one fresh machine, told from the hand-over to the
// verdict.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/machine/factory.hpp"
#include "ktstr-runner/machine/image/payload.hpp"
#include "ktstr-runner/session/expectations.hpp"
#include "ktstr-runner/session/host_cpus.hpp"
#include "ktstr-runner/session/host_share.hpp"
#include "ktstr-runner/session/output.hpp"
#include "ktstr-runner/session/returned_files.hpp"
#include "ktstr-runner/session/trace_file.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <filesystem>
#include <functional>
#include <optional>

namespace ktstr::session {

// When things must have happened. `verdict` is when the outcome must be out (nextest's limit less a
// margin), `guest` when the guest itself must stop the program, early enough to tell what it was
// doing.
struct Limits {
    Clock::time_point begun = Clock::now(); // what is spent counts from here
    std::optional<Clock::time_point> guest;
    std::optional<Clock::time_point> verdict;
    std::chrono::milliseconds leak_timeout{200};
    bool leak_fails = false;
};

// What nextest's kill time (from the runner's start) leaves us: see docs/design/time-limits.md.
Limits limits_before(Clock::time_point start, std::chrono::milliseconds kill_after);

// Where saved machines are kept.
struct Templates {
    std::filesystem::path root;
    std::uint64_t cap;           // bytes
    std::filesystem::path facts; // what is remembered about large files
    std::string run;             // whose tests share fork servers; empty: none does
    int run_owner = 0; // the process that its servers live with; 0: the one that started this one
};

// What makes the booted machine the one that the job wants; saved, it serves all jobs that want the
// same.
struct Setup {
    wire::Job job; // time, seed and limits are filled in at hand-over
    machine::Payload payload;
    std::string command; // for people
};

enum class StandardInput { none, relay };

// Where a deterministic machine stops to be looked at.
struct Looking {
    std::uint64_t job_at_ns = 0;   // of its clock: when the job began in the recorded run
    std::uint64_t since_ns = 0;    // guest time since then
    bool gdb = false;              // somebody looks; else it is told where the vCPUs are
    std::filesystem::path vmlinux; // the kernel's symbols; empty: there are none
};

struct Request {
    machine::Choice machine;
    machine::MachineSpec spec;
    machine::Payload payload;
    wire::Job job;                      // time, seed and limits are filled in at hand-over
    std::optional<std::uint64_t> seed;  // of a deterministic machine: all that is random in it
    std::vector<std::string> rehearsal; // has the program list its tests, or is none of its own
    Limits limits;
    Expectations expectations;
    std::optional<CpuWish> cpus;        // absent: it has those of this process, and asks nobody
    std::optional<Setup> setup;         // runs before the payload is unpacked
    std::optional<Templates> templates; // absent: it is booted
    // Where on the host a file of the guest belongs (job.bring_back); without it they are not
    // written.
    ReturnedFiles::Place place_file;
    ReturnedFiles::Check check_file;            // absent: all of them are of use
    std::optional<std::filesystem::path> trace; // where what the guest traced is written
    std::optional<Looking> looking;
    StandardInput input = StandardInput::none;
    OutputLimits output;
    bool silent = false; // a second run of what was shown: its output is counted and no more
};

struct Outcome {
    sidecar::Record record; // verdict, phases, measurements; the identity is the caller's
    std::optional<wire::Report> report; // the guest's own word, when it came that far
    std::optional<wire::Diagnosis> diagnosis;
    std::optional<wire::Story> story;            // the engine's
    std::optional<sidecar::Frames> frames;       // of a deterministic guest, since it had its job
    std::optional<sidecar::Frames> frames_again; // of a second run that was not the same
    Json measurements;                           // and what it measured; null when there is nothing
    GivenShare host_share;                       // of the CPU time that the machine could have used
    Clock::duration stopped{};                   // by Ctrl-Z: no time of the test's
    std::vector<std::filesystem::path> files;    // of the guest's, that were written here
    std::optional<WrittenTrace> trace;           // that was asked for
    bool timed_out = false;                      // the program was at it when its time was up
};

// Never throws away a verdict: whatever goes wrong is in the record, with the console's last lines.
// Output is relayed to stdout and stderr while it comes. Takes SIGINT, SIGTERM, SIGHUP, SIGQUIT,
// SIGTSTP and SIGWINCH while it runs.
Outcome run(Request request);

} // namespace ktstr::session
