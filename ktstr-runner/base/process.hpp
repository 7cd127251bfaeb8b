// Child: a process we started. It is killed and reaped by the destructor and dies with us
// (PDEATHSIG), so that nothing outlives a runner that is itself killed by SIGKILL, but
// what it has released.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ktstr {

// How a process ended; `describe` says it for people: "exit code 3", "signal 9 (Killed)".
struct ExitStatus {
    bool signalled = false;
    int code = 0; // exit code, or signal number

    bool success() const { return !signalled && code == 0; }

    std::string describe() const;

    // What a shell would report: the code, or 128 + signal.
    int shell_code() const { return signalled ? 128 + code : code; }

    static ExitStatus from_wait(int wait_status);
};

// Which process group a child is in: ours, and so reached by what a terminal or nextest sends to
// it; or one of its own.
enum class Group { ours, own };

struct Spawn {
    std::vector<std::string> argv;                       // argv[0] is looked up in PATH
    std::optional<std::vector<std::string>> environment; // absent: inherited
    std::filesystem::path cwd;                           // empty: inherited
    int in = -1;                                         // -1: /dev/null
    int out = -1;                                        // -1: inherited
    int err = -1;                                        // -1: inherited
    std::vector<int> keep;                               // descriptors it keeps under their numbers
    Group group = Group::ours;
    // Of each file that it, or what it starts, writes: EFBIG above (RLIMIT_FSIZE, SIGXFSZ ignored).
    std::optional<std::uint64_t> most_file_bytes;
};

class Child final {
public:
    Child(Child&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)),
          status_(other.status_), ending_(std::move(other.ending_)) {}

    Child& operator=(Child&&) = delete;
    ~Child();

    // Fails, with the program's name, when it cannot be executed at all.
    static Result<Child> spawn(const Spawn& spawn);

    // A child of the same program that runs `body` and ends when that returns, with code 0. It has
    // no other descriptors than stdin, stdout, stderr and `keep`, and no signal of a terminal ends
    // it. This process must have one thread.
    static Result<Child> fork(const std::function<void()>& body, std::vector<int> keep);

    // A process that another started and reaps, known by its pidfd. `ending` is called once, when
    // it has ended, and says how.
    static Child adopt(pid_t pid, Fd pidfd, std::function<Result<ExitStatus>()> ending);

    // It is no longer ours to end: it lives on when we are gone.
    void release() { pid_ = -1; }

    pid_t pid() const { return pid_; }

    // Becomes readable when the process has ended.
    int pidfd() const { return pidfd_.get(); }

    void signal(int number) const;

    // Absent when the deadline passes first.
    Result<std::optional<ExitStatus>> wait(Deadline deadline);
    Result<ExitStatus> wait();

    // SIGKILL and reap; harmless when it has ended.
    void kill();

private:
    Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    Result<ExitStatus> reap();

    pid_t pid_;
    Fd pidfd_;
    std::optional<ExitStatus> status_;
    std::function<Result<ExitStatus>()> ending_; // of one that was adopted
};

struct Captured {
    ExitStatus status;
    std::string out;
    std::string err;
};

struct Answered {
    ExitStatus status;
    std::string out;
};

// Runs a command to its end and keeps what it wrote to stdout, of which more than `limit` bytes is
// an error; its stderr is ours.
Result<Answered> run_answering(Spawn spawn, std::size_t limit = std::size_t{256} << 20);

// Runs a command to its end and keeps what it wrote (each stream at most `limit` bytes, the rest
// dropped).
Result<Captured>
run_captured(Spawn spawn, Deadline deadline = Deadline::never(), std::size_t limit = 64 << 20);

// The path of a program in $PATH (or `name` itself when it has a slash), if it is executable.
std::optional<std::filesystem::path> find_program(const std::string& name);

// The path of the running executable.
Result<std::filesystem::path> self_path();

// $NAME, absent when unset; an empty value counts as set.
std::optional<std::string> env(const char* name);

// The environment of this process as "NAME=value".
std::vector<std::string> environment();

} // namespace ktstr
