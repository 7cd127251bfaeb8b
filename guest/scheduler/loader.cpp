#include "guest/scheduler/loader.hpp"

#include "guest/base/exec_error.hpp"
#include "guest/base/priority.hpp"
#include "guest/base/program.hpp"
#include "guest/scheduler/kernel_exit.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace ktstr::guest {

namespace {

constexpr std::size_t log_head = 64U << 10;
constexpr std::size_t log_tail = 192U << 10; // the exit dump comes last, 32 KiB by default
constexpr std::size_t most_kernel_lines = 256;
constexpr std::int64_t kill_patience_ms = 2000;

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
    std::vector<const char*> list;
    list.reserve(texts.size() + 1);
    for (const auto& text : texts) {
        list.push_back(text.c_str());
    }
    list.push_back(nullptr);
    return list;
}

[[noreturn]] void give_up(const Fd& report, std::string_view why) {
    if (::write(report.get(), why.data(), why.size()) < 0) {
        ::_exit(126);
    }
    ::_exit(127);
}

// A message behind this byte is the number of a descriptor, not a complaint.
constexpr char descriptor_mark = '\x01';

// Waits until the engine has taken it: the exec closes it.
void hand_over_map_updates(const Fd& report, const Fd& go) {
    const auto descriptor = hold_map_updates();
    if (!descriptor) {
        give_up(report, errno_text("cannot set the watchdog's limit: seccomp"));
    }
    std::array<char, 1 + sizeof(int)> message{descriptor_mark};
    std::memcpy(message.data() + 1, &*descriptor, sizeof(int));
    char word = 0;
    if (::write(report.get(), message.data(), message.size()) < 0 ||
        ::read(go.get(), &word, 1) != 1) {
        ::_exit(126);
    }
}

// pidfd_open(2); its wrapper came with glibc 2.36.
Fd open_process(pid_t pid) {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

} // namespace

// The child's part, up to the exec.
void Loader::run(const LoaderOrder& order, const Fd& output, const Fd& report, const Fd& go) {
    ::setsid();
    be_ordinary();
    if (!order.cgroup.empty()) {
        if (const auto problem = write_file(order.cgroup + "/cgroup.procs", "0")) {
            give_up(report, *problem);
        }
    }
    const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null || ::dup2(null.get(), STDIN_FILENO) < 0 || ::dup2(output.get(), STDOUT_FILENO) < 0 ||
        ::dup2(output.get(), STDERR_FILENO) < 0) {
        give_up(report, errno_text("cannot set up the standard streams"));
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (::chdir(order.cwd.c_str()) != 0) {
        give_up(report, errno_text("cannot enter the working directory " + order.cwd));
    }
    const auto environment = pointers(order.environment);
    const auto listed = variable(environment, "PATH");
    const auto program = find_program(order.argv.front(), listed.empty() ? default_path : listed);
    if (program.empty()) {
        give_up(report, errno_text("cannot execute " + order.argv.front(), ENOENT));
    }
    if (order.watchdog_ms > 0) {
        hand_over_map_updates(report, go);
    }
    const auto argv = pointers(order.argv);
    // execve's pointers are not const for C's sake alone.
    ::execve(program.c_str(),
             const_cast<char* const*>(argv.data()),
             const_cast<char* const*>(environment.data()));
    give_up(report, explain_exec_failure(program, errno));
}

Loader::Loader(const LoaderOrder& order)
    : cgroup_(order.cgroup), kernel_log_(order.kernel_log), log_(log_head, log_tail) {
    if (order.argv.empty()) {
        problem_ = "it has no program";
        return;
    }
    auto output = make_pipe();
    auto report = make_pipe();
    auto wake = make_pipe();
    auto go = make_pipe();
    if (!output.read || !report.read || !wake.read || !go.read) {
        problem_ = errno_text("cannot open a pipe");
        return;
    }
    ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
    pid_ = ::fork();
    if (pid_ == 0) {
        go.write.reset(); // else there would be no end of it to read
        run(order, output.write, report.write, go.read);
    }
    if (pid_ < 0) {
        problem_ = errno_text("cannot fork");
        return;
    }
    handle_ = open_process(pid_);
    output.write.reset();
    report.write.reset();
    await_exec(order, report.read, std::move(go.write));
    if (problem_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
        return;
    }
    output_ = std::move(output.read);
    wake_ = std::move(wake.write);
    woken_ = std::move(wake.read);
    thread_ = std::thread([this] { watch(); });
}

void Loader::await_exec(const LoaderOrder& order, const Fd& report, Fd go) {
    if (!handle_) {
        problem_ = errno_text("cannot watch the loader: pidfd_open");
        return;
    }
    std::array<char, 4096> message;
    auto got = ::read(report.get(), message.data(), message.size());
    if (got == 1 + static_cast<ssize_t>(sizeof(int)) && message[0] == descriptor_mark) {
        int descriptor = -1;
        std::memcpy(&descriptor, message.data() + 1, sizeof descriptor);
        watchdog_.emplace(order.watchdog_ms, handle_.get(), descriptor);
        problem_ = watchdog_->problem();
        if (problem_ || ::write(go.get(), "", 1) != 1) {
            return;
        }
        got = ::read(report.get(), message.data(), message.size());
    }
    if (got > 0) {
        problem_ = std::string(message.data(), static_cast<std::size_t>(got));
    }
}

Loader::~Loader() {
    if (!thread_.joinable()) {
        return;
    }
    signal(SIGKILL);
    if (!cgroup_.empty()) {
        write_file(cgroup_ + "/cgroup.kill", "1");
    }
    await_end(kill_patience_ms);
    wake_.reset();
    thread_.join();
}

void Loader::watch() {
    rise_above_tests();
    bool ended = false;
    while (true) {
        std::array<pollfd, 5> wait{
            {
             {.fd = woken_.get(), .events = POLLIN},
             {.fd = output_.get(), .events = POLLIN},
             {.fd = kernel_log_.fd(), .events = POLLIN},
             {.fd = ended ? -1 : handle_.get(), .events = POLLIN},
             {.fd = watchdog_ && !ended ? watchdog_->fd() : -1, .events = POLLIN},
             }
        };
        if (::poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR) {
            return;
        }
        if (wait[0].revents != 0) {
            return;
        }
        const std::lock_guard lock(mutex_);
        take_output();
        take_kernel_log();
        if (wait[4].revents != 0) {
            watchdog_->serve();
        }
        take_end();
        ended = end_.has_value();
    }
}

// All that is there, but not for ever: one that writes without rest has its turn again.
void Loader::take_output() {
    constexpr int most_pieces = 64;
    std::array<char, 16384> buffer;
    for (int i = 0; i < most_pieces && output_; ++i) {
        const auto got = ::read(output_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            log_.add({buffer.data(), static_cast<std::size_t>(got)});
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            output_.reset();
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

void Loader::take_kernel_log() {
    for (auto& line : kernel_log_.take()) {
        if (!line.starts_with("sched_ext: ")) {
            continue;
        }
        if (kernel_lines_.size() >= most_kernel_lines) { // the first and the last ones say most
            kernel_lines_.erase(kernel_lines_.begin() + most_kernel_lines / 2);
        }
        if (!disabled_at_ && tells_of_disabling(line)) {
            disabled_at_ = monotonic_ns();
        }
        kernel_lines_.push_back(std::move(line));
    }
}

void Loader::take_end() {
    if (end_) {
        return;
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        end_ = ProcessEnd{.status = status, .at_ns = monotonic_ns()};
    }
}

bool Loader::has_watchdog_limit() const {
    const std::lock_guard lock(mutex_);
    return !watchdog_ || watchdog_->done() > 0;
}

std::optional<ProcessEnd> Loader::end() const {
    const std::lock_guard lock(mutex_);
    return end_;
}

bool Loader::await_end(std::int64_t patience_ms) const {
    const Deadline patience(patience_ms);
    while (!end()) {
        if (patience.passed()) {
            return false;
        }
        sleep_ms(1);
    }
    return true;
}

void Loader::signal(int number) const {
    ::syscall(SYS_pidfd_send_signal, handle_.get(), number, nullptr, 0);
}

std::string Loader::output() {
    const std::lock_guard lock(mutex_);
    take_output();
    return log_.text();
}

std::vector<std::string> Loader::kernel_lines() {
    const std::lock_guard lock(mutex_);
    take_kernel_log();
    return kernel_lines_;
}

std::optional<std::int64_t> Loader::disabled_at() {
    const std::lock_guard lock(mutex_);
    take_kernel_log();
    return disabled_at_;
}

} // namespace ktstr::guest
