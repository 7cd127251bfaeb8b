#include "guest/agent/launch.hpp"

#include "guest/agent/read_only.hpp"
#include "guest/agent/start_order.hpp"
#include "guest/base/exec_error.hpp"
#include "guest/base/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ktstr::guest {

namespace {

// One side of the program's streams.
struct Streams {
    Fd in;
    Fd out;
    Fd err; // empty: the same as `out`
};

// The child's first byte, when all is done that needs no order.
constexpr char in_place = '+';
constexpr char executing = '>'; // end of file behind it is the exec that closed the pipe
constexpr char failed = '-';

// The child tells its failure by these: an errno, then text to the end.
[[noreturn]] void give_up(int report, int error, const std::string& text) {
    std::string message(1, failed);
    message.append(reinterpret_cast<const char*>(&error), sizeof error);
    message += text;
    if (::write(report, message.data(), message.size()) < 0) {
        ::_exit(126);
    }
    ::_exit(127);
}

std::string read_to_end(int fd) {
    std::string text;
    std::array<char, 4096> buffer;
    while (true) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return true;
}

void say(int report, char word) {
    if (::write(report, &word, 1) != 1) {
        ::_exit(126);
    }
}

// The part that needs no job.
// An exception here has nobody to go to: it must not unwind into what the parent was doing.
void take_place(const Streams& streams,
                bool terminal,
                const std::string& cgroup,
                int report) noexcept {
    ::prctl(PR_SET_NAME, starter_name);
    // As nextest starts a test: a process group of its own, no session. The leader of a session
    // without a terminal gets the next one that it opens, and SIGHUP when that closes.
    if (terminal) {
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
    if (terminal && ::ioctl(out, TIOCSCTTY, 0) != 0) {
        give_up(report, errno, errno_text("cannot take the terminal"));
    }
    if (::dup2(streams.in.get(), STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
        ::dup2(terminal ? out : streams.err.get(), STDERR_FILENO) < 0) {
        give_up(report, errno, errno_text("cannot set up the standard streams"));
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    say(report, in_place);
}

// O_CLOEXEC is not for a descriptor that the program is to have.
void settle_streams(const StartOrder& order, bool terminal, int report) {
    if (terminal) {
        return;
    }
    if (order.merge_streams && ::dup2(STDOUT_FILENO, STDERR_FILENO) < 0) {
        give_up(report, errno, errno_text("cannot set up the standard streams"));
    }
    if (!order.standard_input) {
        const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!null || ::dup2(null.get(), STDIN_FILENO) < 0) {
            give_up(report, errno, errno_text("cannot open /dev/null"));
        }
    }
}

[[noreturn]] void become_program(int orders, bool terminal, int report) noexcept {
    auto text = read_to_end(orders);
    if (text.empty()) {
        ::_exit(126); // who would have told is gone
    }
    const auto order = parse_start_order(text);
    settle_streams(order, terminal, report);
    if (order.timer_slack_ns != 0) {
        ::prctl(PR_SET_TIMERSLACK, order.timer_slack_ns);
    }
    if (order.read_only && !make_all_read_only()) {
        give_up(report, errno, errno_text("cannot make all files read-only"));
    }
    if (::chdir(order.cwd) != 0) {
        give_up(report,
                errno,
                errno_text("cannot enter the working directory " + std::string(order.cwd)));
    }
    const auto listed = variable(order.environment, "PATH");
    const auto path = listed.empty() ? default_path : listed;
    const std::string name(order.argv.front());
    const auto program = find_program(name, path);
    if (program.empty()) {
        give_up(report,
                ENOENT,
                errno_text("cannot execute " + name, ENOENT) + " (not found on PATH " +
                    std::string(path) + ')');
    }
    say(report, executing);
    ::execve(program.c_str(), order.argv.data(), order.environment.data());
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

StreamPairs open_pipes() {
    StreamPairs pairs;
    auto& [ours, theirs, problem] = pairs;
    auto in = make_pipe();
    auto out = make_pipe();
    auto err = make_pipe();
    ours = {.in = std::move(in.write), .out = std::move(out.read), .err = std::move(err.read)};
    theirs = {.in = std::move(in.read), .out = std::move(out.write), .err = std::move(err.write)};
    if (!theirs.in || !theirs.out || !theirs.err) {
        problem = errno_text("cannot open the standard streams");
    }
    return pairs;
}

// One byte; 0 at the end of file.
char next_word(int report) {
    char word = 0;
    ssize_t got = 0;
    do {
        got = ::read(report, &word, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1 ? word : '\0';
}

// What the child says behind the word `failed`.
void take_failure(int report, Launch& launch) {
    const auto message = read_to_end(report);
    if (message.size() >= sizeof launch.error) {
        std::memcpy(&launch.error, message.data(), sizeof launch.error);
        launch.failure = message.substr(sizeof launch.error);
    }
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

Starter::Starter(const std::string& cgroup, const std::optional<wire::Terminal>& terminal)
    : on_terminal_(terminal.has_value()) {
    auto [ours, theirs, problem] = terminal ? open_terminal(*terminal) : open_pipes();
    auto orders = make_pipe();
    auto report = make_pipe();
    if (!problem && (!orders.write || !report.write)) {
        problem = errno_text("cannot open a pipe");
    }
    if (problem) {
        launch_ = {.error = errno, .failure = *problem};
        return;
    }
    for (const auto* end : {&ours.in, &ours.out, &ours.err}) {
        if (*end) {
            ::fcntl(end->get(), F_SETFL, O_NONBLOCK | ::fcntl(end->get(), F_GETFL));
        }
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        orders.write.reset(); // else there would be no end of it to read
        take_place(theirs, on_terminal_, cgroup, report.write.get());
        become_program(orders.read.get(), on_terminal_, report.write.get());
    }
    if (pid < 0) {
        launch_ = {.error = errno, .failure = errno_text("cannot fork")};
        return;
    }
    launch_ = {.pid = pid,
               .in = std::move(ours.in),
               .out = std::move(ours.out),
               .err = std::move(ours.err)};
    order_ = std::move(orders.write);
    report_ = std::move(report.read);
    report.write.reset(); // else there would be no end of it to read
    if (next_word(report_.get()) == failed) {
        take_failure(report_.get(), launch_);
    }
}

Starter::Starter(Starter&& other) noexcept
    : on_terminal_(other.on_terminal_), launch_(std::exchange(other.launch_, {})),
      order_(std::move(other.order_)), report_(std::move(other.report_)) {}

Starter& Starter::operator=(Starter&& other) noexcept {
    if (this != &other) {
        dismiss();
        on_terminal_ = other.on_terminal_;
        launch_ = std::exchange(other.launch_, {});
        order_ = std::move(other.order_);
        report_ = std::move(other.report_);
    }
    return *this;
}

Starter::~Starter() {
    dismiss();
}

// Not by the end of its order: a later Starter's child has that end open too.
void Starter::dismiss() {
    siginfo_t info;
    // Unless it has ended and was reaped: then the number may be another's.
    if (launch_.pid > 0 &&
        ::waitid(P_PID, static_cast<id_t>(launch_.pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
        ::kill(launch_.pid, SIGKILL);
        ::waitpid(launch_.pid, nullptr, 0);
    }
}

Launch Starter::start(const wire::Job& job) {
    auto launched = std::exchange(launch_, {});
    auto order = std::move(order_);
    if (launched.pid < 0) {
        return launched;
    }
    if (!job.standard_input && !on_terminal_) {
        launched.in.reset();
    }
    if (job.merge_streams) {
        launched.err.reset();
    }
    write_all(order.get(), start_order(job)); // one that has ended reads none, and says no word
    order.reset();
    auto word = next_word(report_.get());
    const bool executed = word == executing;
    word = executed ? next_word(report_.get()) : word;
    if (word == failed) {
        take_failure(report_.get(), launched);
    } else if (!executed) {
        ::waitpid(launched.pid, nullptr, 0);
        launched = {.error = ESRCH, .failure = "the process that was to execute it is gone"};
    }
    return launched;
}

} // namespace ktstr::guest
