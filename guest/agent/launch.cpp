#include "guest/agent/launch.hpp"

#include "guest/agent/exec_error.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace ktstr::guest {

namespace {

constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// One side of the program's streams.
struct Streams {
    Fd in;
    Fd out;
    Fd err; // empty: the same as `out`
};

// The child tells its failure by these: an errno, then text to the end.
[[noreturn]] void give_up(int report, int error, const std::string& text) {
    std::string message(reinterpret_cast<const char*>(&error), sizeof error);
    message += text;
    if (::write(report, message.data(), message.size()) < 0) {
        ::_exit(126);
    }
    ::_exit(127);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    for (const auto& string : strings) {
        out.push_back(const_cast<char*>(string.c_str()));
    }
    out.push_back(nullptr);
    return out;
}

[[noreturn]] void become_program(const wire::Job& job,
                                 const Streams& streams,
                                 const std::string& cgroup,
                                 int report) {
    // As nextest starts a test: a process group of its own, no session. The leader of a session
    // without a terminal gets the next one that it opens, and SIGHUP when that closes.
    if (job.terminal) {
        ::setsid();
    } else {
        ::setpgid(0, 0);
    }
    if (!cgroup.empty()) {
        if (const auto problem = write_file(cgroup + "/cgroup.procs", "0")) {
            give_up(report, EIO, *problem);
        }
    }
    const int out = streams.out.get();
    if (job.terminal && ::ioctl(out, TIOCSCTTY, 0) != 0) {
        give_up(report, errno, errno_text("cannot take the terminal"));
    }
    if (::dup2(streams.in.get(), STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
        ::dup2(streams.err ? streams.err.get() : out, STDERR_FILENO) < 0) {
        give_up(report, errno, errno_text("cannot set up the standard streams"));
    }
    if (::chdir(job.cwd.c_str()) != 0) {
        give_up(report, errno, errno_text("cannot enter the working directory " + job.cwd));
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);

    const auto listed = variable(job.environment, "PATH");
    const auto path = listed.empty() ? default_path : listed;
    const auto program = find_program(job.argv.front(), path);
    if (program.empty()) {
        give_up(report,
                ENOENT,
                errno_text("cannot execute " + job.argv.front(), ENOENT) + " (not found on PATH " +
                    std::string(path) + ')');
    }
    ::execve(program.c_str(), pointers(job.argv).data(), pointers(job.environment).data());
    const int error = errno;
    give_up(report, error, explain_exec_failure(program, error));
}

struct StreamPairs {
    Streams ours;
    Streams theirs;
    Problem problem;
};

// Our end of a terminal is both `in` and `out`, the program's end all three streams.
StreamPairs open_terminal(const wire::Terminal& size) {
    StreamPairs pairs;
    auto& [ours, theirs, problem] = pairs;
    ours.out = Fd(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    int unlock = 0;
    if (!ours.out || ::ioctl(ours.out.get(), TIOCSPTLCK, &unlock) != 0) {
        problem = errno_text("cannot open a terminal");
        return pairs;
    }
    theirs.out = Fd(::ioctl(ours.out.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    theirs.in = Fd(::fcntl(theirs.out.get(), F_DUPFD_CLOEXEC, 0));
    ours.in = Fd(::fcntl(ours.out.get(), F_DUPFD_CLOEXEC, 0));
    if (!theirs.in || !ours.in) {
        problem = errno_text("cannot open a terminal");
        return pairs;
    }
    set_terminal_size(ours.out.get(), size);
    return pairs;
}

StreamPairs open_pipes(const wire::Job& job) {
    StreamPairs pairs;
    auto& [ours, theirs, problem] = pairs;
    auto out = make_pipe();
    ours.out = std::move(out.read);
    theirs.out = std::move(out.write);
    if (!job.merge_streams) {
        auto err = make_pipe();
        ours.err = std::move(err.read);
        theirs.err = std::move(err.write);
    }
    if (job.standard_input) {
        auto in = make_pipe();
        theirs.in = std::move(in.read);
        ours.in = std::move(in.write);
    } else {
        theirs.in = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    if (!theirs.in || !theirs.out || (!job.merge_streams && !theirs.err)) {
        problem = errno_text("cannot open the standard streams");
    }
    return pairs;
}

// Reads what the child says; end of file without a word is the exec that closed the pipe.
void await_exec(int report, Launch& launch) {
    std::string message;
    std::array<char, 1024> buffer;
    while (true) {
        const auto got = ::read(report, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        message.append(buffer.data(), static_cast<std::size_t>(got));
    }
    if (message.size() < sizeof launch.error) {
        return;
    }
    std::memcpy(&launch.error, message.data(), sizeof launch.error);
    launch.failure = message.substr(sizeof launch.error);
    ::waitpid(launch.pid, nullptr, 0);
    launch.pid = -1;
}

} // namespace

void set_terminal_size(int terminal, const wire::Terminal& size) {
    winsize window{};
    window.ws_row = static_cast<unsigned short>(size.rows);
    window.ws_col = static_cast<unsigned short>(size.columns);
    ::ioctl(terminal, TIOCSWINSZ, &window);
}

std::string_view variable(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string_view entry : environment) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
            return entry.substr(name.size() + 1);
        }
    }
    return {};
}

std::string find_program(const std::string& name, std::string_view path) {
    if (name.find('/') != std::string::npos) {
        return name;
    }
    std::string forbidden;
    while (!name.empty()) {
        const auto end = path.find(':');
        const auto directory = path.substr(0, end);
        const auto candidate = (directory.empty() ? "." : std::string(directory)) + '/' + name;
        struct stat status{};
        if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
            if (::access(candidate.c_str(), X_OK) == 0) {
                return candidate;
            }
            forbidden = forbidden.empty() ? candidate : forbidden;
        }
        if (end == std::string_view::npos) {
            break;
        }
        path.remove_prefix(end + 1);
    }
    return forbidden;
}

Launch launch(const wire::Job& job, const std::string& cgroup) {
    auto [ours, theirs, problem] = job.terminal ? open_terminal(*job.terminal) : open_pipes(job);
    auto report = make_pipe();
    if (!problem && !report.write) {
        problem = errno_text("cannot open a pipe");
    }
    if (problem) {
        return {.error = errno, .failure = *problem};
    }
    for (const auto* end : {&ours.in, &ours.out, &ours.err}) {
        if (*end) {
            ::fcntl(end->get(), F_SETFL, O_NONBLOCK | ::fcntl(end->get(), F_GETFL));
        }
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        become_program(job, theirs, cgroup, report.write.get());
    }
    Launch launched{.pid = pid,
                    .in = std::move(ours.in),
                    .out = std::move(ours.out),
                    .err = std::move(ours.err)};
    if (launched.pid < 0) {
        launched.error = errno;
        launched.failure = errno_text("cannot fork");
        return launched;
    }
    report.write.reset();
    await_exec(report.read.get(), launched);
    return launched;
}

} // namespace ktstr::guest
