#include "ktstr-runner/base/process.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ktstr {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    for (const auto& s : strings) {
        out.push_back(
            const_cast<char*>(s.c_str())); // execve takes char* const[] and writes nothing
    }
    out.push_back(nullptr);
    return out;
}

void die_with(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) { // the parent died before prctl
        ::_exit(127);
    }
}

// Closes every descriptor from 3 on but these.
void close_all_but(std::vector<int> keep) {
    std::ranges::sort(keep);
    unsigned next = 3;
    for (const int fd : keep) {
        if (fd < 3) {
            continue;
        }
        const auto kept = static_cast<unsigned>(fd);
        if (kept > next) {
            ::close_range(next, kept - 1, 0);
        }
        next = std::max(next, kept + 1);
    }
    ::close_range(next, ~0U, 0);
}

// Runs between fork and exec: only async-signal-safe calls. Reports errno on `report` and exits on
// failure.
[[noreturn]] void become(const Spawn& spawn,
                         const char* program,
                         char* const* argv,
                         char* const* envp,
                         pid_t parent,
                         int report) {
    const auto give_up = [&] {
        const int code = errno;
        [[maybe_unused]] const auto n = ::write(report, &code, sizeof code);
        ::_exit(127);
    };
    die_with(parent);
    if (spawn.group == Group::own) {
        ::setpgid(0, 0);
    }
    if (spawn.most_file_bytes) {
        const rlimit limit{.rlim_cur = *spawn.most_file_bytes, .rlim_max = *spawn.most_file_bytes};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) {
            give_up();
        }
        ::signal(SIGXFSZ, SIG_IGN);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int ignored : {SIGTTIN, SIGTTOU, SIGPIPE}) {
        ::signal(ignored, SIG_DFL);
    }
    const int in = spawn.in >= 0 ? spawn.in : ::open("/dev/null", O_RDONLY);
    const int wanted[] = {in, spawn.out, spawn.err};
    for (int target = 0; target < 3; ++target) {
        if (wanted[target] >= 0 && wanted[target] != target && ::dup2(wanted[target], target) < 0) {
            give_up();
        }
    }
    for (const int fd : spawn.keep) {
        ::fcntl(fd, F_SETFD, 0);
    }
    if (!spawn.cwd.empty() && ::chdir(spawn.cwd.c_str()) != 0) {
        give_up();
    }
    ::execve(program, argv, envp);
    give_up();
    ::_exit(127);
}

} // namespace

std::string ExitStatus::describe() const {
    if (!signalled) {
        return "exit code " + std::to_string(code);
    }
    const char* name = ::strsignal(code);
    return "signal " + std::to_string(code) + " (" + (name != nullptr ? name : "?") + ")";
}

ExitStatus ExitStatus::from_wait(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        return {.signalled = true, .code = WTERMSIG(wait_status)};
    }
    return {.signalled = false, .code = WEXITSTATUS(wait_status)};
}

Child::~Child() {
    kill();
}

Result<Child> Child::spawn(const Spawn& spawn) {
    const auto& name = spawn.argv.at(0);
    const auto program = find_program(name);
    if (!program) {
        return fail(ErrorKind::environment, "cannot find the program `" + name + "`");
    }
    const auto inherited = spawn.environment ? std::vector<std::string>{} : environment();
    const auto argv = pointers(spawn.argv);
    const auto envp = pointers(spawn.environment ? *spawn.environment : inherited);
    TRY_ASSIGN(auto report, make_pipe());
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return fail(Error::from_errno("fork for " + name));
    }
    if (pid == 0) {
        become(spawn, program->c_str(), argv.data(), envp.data(), parent, report.write.get());
    }
    report.write.reset();
    Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    Child child(pid, std::move(pidfd));
    int code = 0;
    ssize_t n = 0;
    do {
        n = ::read(report.read.get(), &code, sizeof code);
    } while (n < 0 && errno == EINTR);
    if (n == sizeof code) {
        errno = code;
        return fail(Error::from_errno("cannot execute " + name));
    }
    return child;
}

Result<Child> Child::fork(const std::function<void()>& body, std::vector<int> keep) {
    // A lock that another thread holds would be held in the child for ever.
    struct stat threads{};
    if (::stat("/proc/self/task", &threads) != 0 || threads.st_nlink != 3) {
        return fail(ErrorKind::internal, "a process with threads cannot be forked");
    }
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return fail(Error::from_errno("fork"));
    }
    if (pid == 0) {
        die_with(parent);
        for (const int ignored : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP}) {
            ::signal(ignored, SIG_IGN);
        }
        close_all_but(std::move(keep));
        // What this process would do after an exception is the parent's to do.
        [&]() noexcept { body(); }();
        ::_exit(0);
    }
    Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
    if (!child.pidfd_) {
        return fail(Error::from_errno("cannot watch the child"));
    }
    return child;
}

Child Child::adopt(pid_t pid, Fd pidfd, std::function<Result<ExitStatus>()> ending) {
    Child child(pid, std::move(pidfd));
    child.ending_ = std::move(ending);
    return child;
}

void Child::signal(int number) const {
    if (pid_ > 0 && !status_) {
        ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
    }
}

// It has ended.
Result<ExitStatus> Child::reap() {
    if (ending_) {
        return ending_();
    }
    int wait_status = 0;
    while (::waitpid(pid_, &wait_status, 0) < 0) {
        if (errno != EINTR) {
            return fail(Error::from_errno("waitpid"));
        }
    }
    return ExitStatus::from_wait(wait_status);
}

Result<std::optional<ExitStatus>> Child::wait(Deadline deadline) {
    while (!status_) {
        pollfd p{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
        const int ready = ::poll(&p, 1, deadline.poll_timeout());
        if (ready < 0 && errno != EINTR) {
            return fail(Error::from_errno("poll"));
        }
        if (ready > 0) {
            TRY_ASSIGN(status_, reap());
        } else if (deadline.expired()) {
            return std::optional<ExitStatus>{};
        }
    }
    return status_;
}

Result<ExitStatus> Child::wait() {
    TRY_ASSIGN(const auto status, wait(Deadline::never()));
    return *status;
}

void Child::kill() {
    if (pid_ > 0 && !status_) {
        signal(SIGKILL);
        if (!wait()) { // nobody will know, and nobody need ask again
            pid_ = -1;
        }
    }
}

Result<Answered> run_answering(Spawn spawn, std::size_t limit) {
    TRY_ASSIGN(auto pipe, make_pipe());
    spawn.out = pipe.write.get();
    const auto name = spawn.argv.front();
    TRY_ASSIGN(auto child, Child::spawn(spawn));
    pipe.write.reset();
    TRY_ASSIGN(auto out, read_to_end(pipe.read.get(), limit), "cannot read what " + name + " says");
    TRY_ASSIGN(const auto status, child.wait());
    return Answered{.status = status, .out = std::move(out)};
}

Result<Captured> run_captured(Spawn spawn, Deadline deadline, std::size_t limit) {
    const auto name = spawn.argv.at(0);
    TRY_ASSIGN(auto out, make_pipe());
    TRY_ASSIGN(auto err, make_pipe());
    spawn.out = out.write.get();
    spawn.err = err.write.get();
    TRY_ASSIGN(auto child, Child::spawn(spawn));
    out.write.reset();
    err.write.reset();
    Captured captured;

    struct Stream {
        Fd* fd;
        std::string* text;
    };

    std::array<Stream, 2> streams{
        Stream{&out.read, &captured.out},
        Stream{&err.read, &captured.err}
    };
    while (*streams[0].fd || *streams[1].fd) {
        std::array<pollfd, 2> polls{};
        for (std::size_t i = 0; i < 2; ++i) {
            polls[i] = {.fd = streams[i].fd->get(), .events = POLLIN, .revents = 0};
        }
        if (::poll(polls.data(), polls.size(), deadline.poll_timeout()) < 0 && errno != EINTR) {
            return fail(Error::from_errno("poll"));
        }
        if (deadline.expired()) {
            return fail(ErrorKind::environment, name + " did not end in time");
        }
        for (std::size_t i = 0; i < 2; ++i) {
            if (polls[i].revents == 0) {
                continue;
            }
            std::array<char, 65536> buffer{};
            const auto n = ::read(streams[i].fd->get(), buffer.data(), buffer.size());
            if (n <= 0) {
                streams[i].fd->reset();
                continue;
            }
            const auto room = limit - std::min(limit, streams[i].text->size());
            streams[i].text->append(buffer.data(), std::min(room, static_cast<std::size_t>(n)));
        }
    }
    TRY_ASSIGN(const auto status, child.wait(deadline));
    if (!status) {
        return fail(ErrorKind::environment, name + " did not end in time");
    }
    captured.status = *status;
    return captured;
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) {
        return ::access(name.c_str(), X_OK) == 0 ? std::optional<std::filesystem::path>(name)
                                                 : std::nullopt;
    }
    for (const auto& folder : split(env("PATH").value_or("/usr/local/bin:/usr/bin:/bin"), ':')) {
        auto path = std::filesystem::path(folder.empty() ? "." : folder) / name;
        std::error_code ignored;
        if (::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path, ignored)) {
            return path;
        }
    }
    return std::nullopt;
}

Result<std::filesystem::path> self_path() {
    std::error_code error;
    auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) {
        return fail(ErrorKind::environment, "read /proc/self/exe: " + error.message());
    }
    return path;
}

std::optional<std::string> env(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::vector<std::string> environment() {
    std::vector<std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        out.emplace_back(*entry);
    }
    return out;
}

} // namespace ktstr
