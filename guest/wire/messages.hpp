// The JSON bodies of frames and slots. Unknown keys are ignored, missing ones take the defaults
// here; `version` of Hello says which agent it is. parse() is the border that the JSON library's
// exceptions do not pass.
#pragma once

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

// A program to run: the job itself, or the setup of a machine for many jobs.
struct Job {
    std::vector<std::string>
        argv; // argv[0] is the program's path in the guest (or a name for $PATH)
    std::vector<std::string> environment; // "NAME=value", complete
    std::string cwd = "/";                // made if it is missing
    std::int64_t wall_time_ns = 0;    // CLOCK_REALTIME of the host when this was written; 0: the
                                      // guest's clock is left alone
    std::uint64_t time_stamp = 0;     // the guest's counter at that moment; 0: not known, ask
    std::uint64_t time_stamp_khz = 0; // its rate
    std::string seed;                 // hex; mixed into the guest's random pool
    std::int64_t time_limit_ms = 0;   // from the receipt of the job; 0: none
    std::int64_t leak_timeout_ms =
        200;                     // how long open stdout/stderr are awaited after the program's end
    bool standard_input = false; // frames `in` follow; else stdin is /dev/null
    bool merge_streams = false;  // stdout and stderr are one pipe, so that their order is kept
    std::optional<Terminal> terminal;    // run on a PTY of this size (ktstr shell)
    std::vector<std::string> bring_back; // glob patterns of files to send to the host after the end
    std::vector<std::string> make_dirs;  // directories to make before the start
    bool kernel_config = false;       // the payload brings the kernel's .config, kernel_config_file
    std::vector<std::string> modules; // files of the guest to load, in this order
    std::map<std::string, std::string> sysctls;
};

struct Started {
    std::int64_t unpack_ns = 0; // payload to files
};

struct FileBegin {
    std::string path;
    std::uint64_t size = 0;
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
    std::vector<std::string> notes;  // files not brought back and why, oom kills, ...
};

// Text to message; absent when the text is not JSON or a field has the wrong type. Depth and size
// are bounded by the frame. Bytes that are not UTF-8 are replaced when dumping, refused when
// parsing. Both exist for the structs above (messages.cpp), so that the JSON library is read in one
// place.
template <class T> std::optional<T> parse(std::string_view text);

template <class T> std::string dump(const T& message);

} // namespace ktstr::wire
