// The JSON bodies of frames and slots. Unknown keys are ignored, missing ones take the defaults
// here; `version` of Hello says which agent it is. parse() is the border that the JSON library's
// exceptions do not pass.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::wire {

struct Hello {
    std::string version; // of the agent = KTSTR_VERSION of its build
    std::string kernel;  // uname -r
    int cpus = 0;        // online
};

struct Terminal {
    int rows = 0;
    int columns = 0;
};

// Where the output of a setup goes in the guest; the agent sends it to the host when the setup
// fails.
inline constexpr const char* setup_log = "/run/ktstr-setup.log";

// Where the payload brings the kernel's .config; /boot/config-<release> is a link to it.
inline constexpr const char* kernel_config_file = "/boot/config";

// Where the engine is reached (docs/design/scheduler-tests.md, "The socket"); programs find it in
// $KTSTR_ENGINE.
inline constexpr const char* engine_socket = "/run/ktstr/engine.sock";

// A scheduler under test: a loader to start and to keep, or commands that switch one of the
// kernel's on and off.
struct Scheduler {
    std::string name; // for people; what the kernel calls it is in /sys/kernel/sched_ext
    std::vector<std::string> argv;        // of the loader; empty for a built-in one
    std::vector<std::string> enable;      // lines of the shell that switch a built-in one on
    std::vector<std::string> disable;     // and off
    std::vector<std::string> environment; // "NAME=value", complete
    std::string cwd = "/";
    std::vector<std::string>
        make_cgroups; // below /sys/fs/cgroup, with all controllers given to them
    std::int64_t attach_limit_ms = 60'000;
    std::int64_t detach_limit_ms = 10'000;
    std::int64_t watchdog_ms = 0; // the kernel's limit for a runnable task; 0: the scheduler's own
};

// The agent's own program as a rehearsal's: what tests do in general.
inline constexpr std::array<const char*, 2> rehearsal{"/proc/self/exe", "rehearsal"};

// A program to run: the job itself, or the setup of a machine for many jobs.
struct Job {
    std::vector<std::string>
        argv; // argv[0] is the program's path in the guest (or a name for $PATH)
    std::vector<std::string> environment; // "NAME=value", complete
    std::string cwd = "/";                // made if it is missing
    std::int64_t wall_time_ns = 0;    // CLOCK_REALTIME of the host when this was written; 0: the
                                      // guest's clock is left alone
    bool clock_is_given = false;      // set the clock to that time, and ask nobody how late it is
    std::uint64_t time_stamp = 0;     // the guest's counter at that moment; 0: not known, ask
    std::uint64_t time_stamp_khz = 0; // its rate
    std::string seed;                 // hex; mixed into the guest's random pool
    std::uint64_t varied = 0;         // a seed that varies what takes how long, random.hpp; 0: none
    std::int64_t time_limit_ms = 0;   // from the receipt of the job; 0: none
    std::int64_t leak_timeout_ms =
        200;                     // how long open stdout/stderr are awaited after the program's end
    bool standard_input = false; // frames `in` follow; else stdin is /dev/null
    bool read_only = false;      // the program sees all files so
    bool merge_streams = false;  // stdout and stderr are one pipe, so that their order is kept
    std::optional<Terminal> terminal;    // run on a PTY of this size (ktstr shell)
    std::vector<std::string> bring_back; // glob patterns of files to send to the host after the end
    std::vector<std::string> make_dirs;  // directories to make before the start
    bool kernel_config = false;       // the payload brings the kernel's .config, kernel_config_file
    std::vector<std::string> modules; // files of the guest to load, in this order
    std::map<std::string, std::string> sysctls;
    std::optional<Scheduler> scheduler; // to attach before the program starts; a setup may be this
                                        // alone (no argv)
    bool engine = false;                // an engine also without a scheduler
    bool expects_verdict = false;      // the program is a ktstr test: its exit code is not its word
    bool saved_with_scheduler = false; // the machine was saved, and its setup's scheduler must be
                                       // as it was then; else it is powered off
};

struct Loaded {
    std::string problem; // empty: the files are there, and the program has been rehearsed
};

// The moment at which a job begins: guest times that people are told count from here. A scheduler
// that is not attached yet attaches now, then the program starts.
struct Started {
    std::int64_t unpack_ns = 0;   // payload to files
    std::int64_t at_ns = 0;       // CLOCK_MONOTONIC
    std::uint64_t time_stamp = 0; // the guest's counter
};

// Where the program is, for a debugger.
struct Launched {
    int pid = 0;
    std::uint64_t base = 0; // the address of its file's begin; 0: not known
};

// What became of a trace that the host wants.
struct Traced {
    std::string problem; // why there is none; empty: it was sent
};

struct FileBegin {
    std::string path;
    std::uint64_t size = 0;
};

// Page frames of the guest's memory, 4 KiB each, from `first` on.
struct PageRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

struct FilePages {
    std::string path;
    std::uint64_t size = 0;
    std::vector<PageRange> frames; // of its pages, in order
};

struct Time {
    std::int64_t wall_time_ns = 0; // CLOCK_REALTIME of the host, read once the question was there
};

struct Stop {
    std::string reason; // "time limit", "SIGTERM", ...: comes back in the report
};

struct Task {
    int pid = 0;
    int parent = 0;
    std::string comm;
    std::string state; // one letter, proc(5)
    int cpu = -1;
    std::string wchan;
    std::string syscall; // first field of /proc/<pid>/syscall
    std::int64_t cpu_ms = 0;
    std::vector<std::string> stack; // /proc/<pid>/stack, where the kernel has it
};

struct Diagnosis {
    std::string reason;
    std::vector<Task> tasks; // of the test, kernel threads left out
};

// How the program ended.
enum class Outcome {
    exited,      // by itself: `code`
    signalled,   // by a signal that we did not send: `code` is its number
    stopped,     // killed by us after the time limit or a Stop: `reason`
    not_started, // it could not be executed: `reason`
};

struct Report {
    Outcome outcome = Outcome::not_started;
    int code = 0;
    std::string reason;
    std::int64_t wall_ns = 0; // exec to end
    std::int64_t user_ns = 0; // rusage of the program and its waited-for children
    std::int64_t system_ns = 0;
    std::int64_t max_rss_bytes = 0;
    std::uint64_t out_bytes = 0;
    std::uint64_t err_bytes = 0;
    std::vector<std::string> leaked; // "pid comm" of processes still alive at the end, killed
    bool output_left_open = false;   // one of them held stdout or stderr past the leak timeout
    std::uint64_t files_lost = 0;    // that were to be brought back, and could not; `notes` say why
    std::vector<std::string> notes;  // files not brought back and why, oom kills, ...
    std::int64_t ended_ns = 0;       // CLOCK_MONOTONIC at the program's end
};

// How the scheduler under test ended, or that it did not.
enum class SchedulerEnd {
    never_attached,  // the first: what an unknown word is read as must not be one that can pass
    none,            // there was no scheduler
    running,         // attached; not ended yet (the report of a setup)
    clean,           // attached until we stopped it, and left in order
    left,            // unregistered by itself, without an error
    bpf_error,       // scx_bpf_error()
    stall,           // the kernel's watchdog found a runnable task that did not run
    kernel_error,    // another exit kind of the kernel's
    killed,          // its process, by a signal that was not ours
    exited,          // its process ended while the kernel had no error to tell
    verifier,        // a program was rejected
    missing_feature, // the kernel lacks a function, map or option that it needs
    would_not_stop,  // it had to be killed at the end
};

// The limits for attaching and stopping are the guest's, whose clock goes on while the host gives
// it nothing: so many times their length are waited for at most (guest/scheduler/patience).
inline constexpr int most_times_a_limit = 4;

struct SchedulerStory {
    std::string name;
    std::string ops; // what the kernel calls it, SchedExt::ops()
    int pid = 0;     // its process; 0: it has none, being the kernel's own
    SchedulerEnd end = SchedulerEnd::none;
    bool timed_out = false; // that it never attached, or would not stop, is told by our limit alone
    std::int64_t attach_ns = 0; // from its start to enabled
    std::int64_t ran_ns = 0;    // from enabled to its end
    std::int64_t detach_ns = 0;
    std::int64_t ended_ns = 0; // CLOCK_MONOTONIC when it left by itself; 0: it did not
    int exit_code = 0;         // of its process; 128 and the number for a signal
    std::int64_t kind = 0;     // of the kernel's exit, when it told one
    std::string reason; // "runnable task stall", "scx_bpf_error", the verifier's or loader's word
    std::string
        message;      // what the scheduler or the kernel added: "task:123 failed to run for 5.0s"
    std::string dump; // the kernel's exit dump, bounded
    std::string log;  // the loader's output, bounded, repeated blocks folded
};

// What the engine says when all is over.
struct Story {
    std::vector<SchedulerStory> schedulers; // in the order they were started
    std::string verdict; // the test's word: pass, fail, skip, inconclusive; empty: it gave none
    std::vector<std::string> details;
    std::string problem; // what kept the engine from its work
};

// Text to message; absent when the text is not JSON or a field has the wrong type. Depth and size
// are bounded by the frame. Bytes that are not UTF-8 are replaced when dumping, refused when
// parsing. Both exist for the structs above (messages.cpp), so that the JSON library is read in one
// place.
template <class T> std::optional<T> parse(std::string_view text);

template <class T> std::string dump(const T& message);

} // namespace ktstr::wire
