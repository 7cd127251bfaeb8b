#include "cargo-ktstr/kernels/kbuild.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace ktstr::kernels {

namespace {

constexpr std::size_t shown_lines = 6;

// What would make a build differ from the one asked for, or join it to a job server that is not
// ours.
constexpr std::array<std::string_view, 21> foreign_variables{
    "MAKEFLAGS",        "MFLAGS",         "MAKELEVEL",         "MAKEOVERRIDES",
    "CARGO_MAKEFLAGS",  "ARCH",           "CROSS_COMPILE",     "KBUILD_OUTPUT",
    "KBUILD_EXTMOD",    "KCONFIG_CONFIG", "KCONFIG_ALLCONFIG", "KCFLAGS",
    "KCPPFLAGS",        "KAFLAGS",        "KRUSTFLAGS",        "HOSTCFLAGS",
    "USERCFLAGS",       "LLVM",           "LLVM_IAS",          "LOCALVERSION",
    "INSTALL_MOD_PATH",
};

std::vector<std::string> make_environment() {
    auto out = environment();
    std::erase_if(out, [](const std::string& item) {
        const auto name = std::string_view(item).substr(0, item.find('='));
        return std::ranges::find(foreign_variables, name) != foreign_variables.end() ||
               name == "LC_ALL" || name == "LANG";
    });
    // Messages in English, so that the first error is found; builder's name and host make no
    // difference to the image.
    out.insert(out.end(), {"LC_ALL=C.UTF-8", "KBUILD_BUILD_USER=ktstr", "KBUILD_BUILD_HOST=ktstr"});
    return out;
}

// SIGINT and friends as a readable descriptor, as long as it lives.
class Interruptions final {
public:
    Interruptions() {
        sigset_t wanted;
        sigemptyset(&wanted);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            sigaddset(&wanted, number);
        }
        ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
        fd_ = Fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    }

    ~Interruptions() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    Interruptions(const Interruptions&) = delete;
    Interruptions& operator=(const Interruptions&) = delete;

    int fd() const { return fd_.get(); }

    // Number of a signal that came, 0 for none.
    int take() const {
        signalfd_siginfo info{};
        return ::read(fd_.get(), &info, sizeof info) == sizeof info
                   ? static_cast<int>(info.ssi_signo)
                   : 0;
    }

private:
    sigset_t before_{};
    Fd fd_;
};

// Feeds whole lines to `on_line`, all bytes to the log.
class Lines final {
public:
    Lines(int log, const std::function<void(std::string_view)>& on_line)
        : log_(log), on_line_(on_line) {}

    Result<> add(std::string_view text) {
        TRY(write_all(log_, text), "cannot write the build's log");
        rest_ += text;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
            on_line_(std::string_view(rest_).substr(0, end));
            rest_.erase(0, end + 1);
        }
        return {};
    }

private:
    int log_;
    const std::function<void(std::string_view)>& on_line_;
    std::string rest_;
};

// Until all writers of the pipe are gone. Returns the signal that came, or 0.
Result<int>
follow(int output, const Child& child, const Interruptions& interruptions, Lines& lines) {
    std::array<char, 65536> buffer{};
    int came = 0;
    for (;;) {
        std::array<pollfd, 2> polls{
            pollfd{.fd = output,             .events = POLLIN, .revents = 0},
            pollfd{.fd = interruptions.fd(), .events = POLLIN, .revents = 0}
        };
        if (::poll(polls.data(), polls.size(), -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail(Error::from_errno("poll"));
        }
        if (const int number = interruptions.take(); number != 0) {
            came = number;
            child.signal(SIGTERM); // make removes what it was making and ends its own children
        }
        if (polls[0].revents == 0) {
            continue;
        }
        const auto n = ::read(output, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return came;
        }
        TRY(lines.add(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
    }
}

bool looks_like_error(std::string_view line) {
    static constexpr std::array<std::string_view, 7> marks{": No space left on device",
                                                           ": error:",
                                                           ": fatal error:",
                                                           "undefined reference",
                                                           "*** ",
                                                           "Error: ",
                                                           ": not found"};
    return std::ranges::any_of(
               marks, [&](auto mark) { return line.find(mark) != std::string_view::npos; }) ||
           line.starts_with("error:") || line.starts_with("FAILED");
}

} // namespace

std::vector<std::string> Kbuild::argv(const std::vector<std::string>& arguments) const {
    // LOCALVERSION= keeps setlocalversion from adding "+" for a commit without a tag.
    std::vector<std::string> out{
        "make", "-C", source_.string(), "O=" + build_.string(), "LOCALVERSION="};
    out.insert(out.end(), variables_.begin(), variables_.end());
    out.insert(out.end(), arguments.begin(), arguments.end());
    return out;
}

Result<Kbuild::Ended> Kbuild::make(const std::vector<std::string>& arguments,
                                   int log,
                                   const std::function<void(std::string_view)>& on_line) const {
    TRY_ASSIGN(auto pipe, make_pipe());
    const Interruptions interruptions;
    TRY_ASSIGN(auto child,
               Child::spawn({.argv = argv(arguments),
                             .environment = make_environment(),
                             .out = pipe.write.get(),
                             .err = pipe.write.get()}));
    pipe.write.reset();
    MakeOutput output;
    const std::function<void(std::string_view)> both = [&](std::string_view line) {
        output.line(line);
        if (on_line) {
            on_line(line);
        }
    };
    Lines lines(log, both);
    TRY_ASSIGN(const int signal, follow(pipe.read.get(), child, interruptions, lines));
    TRY_ASSIGN(const auto status, child.wait());
    if (signal != 0) {
        return fail(
            Error(ErrorKind::environment, "interrupted by " + ExitStatus{true, signal}.describe())
                .hint("what was built so far is kept; the same command goes on from there"));
    }
    return Ended{.status = status, .first_error = output.first_error()};
}

Result<> Kbuild::run(const std::vector<std::string>& arguments,
                     const std::function<void(std::string_view)>& on_line) const {
    TRY_ASSIGN(const auto log_file, open_file(log(), O_WRONLY | O_CREAT | O_APPEND));
    TRY_ASSIGN(const auto ended, make(arguments, log_file.get(), on_line));
    if (!ended.status.success()) {
        return fail(Error(ErrorKind::environment, ended.first_error)
                        .context("`make " + join(arguments, " ") + "` ended with " +
                                 ended.status.describe())
                        .hint("all of its output is in " + log().string()));
    }
    return {};
}

Result<std::size_t> Kbuild::count_steps(const std::vector<std::string>& arguments) const {
    TRY_ASSIGN(const auto nowhere, open_file("/dev/null", O_WRONLY));
    std::size_t steps = 0;
    auto dry = arguments;
    dry.emplace_back("-n");
    TRY(make(dry, nowhere.get(), [&](std::string_view line) { steps += announced_steps(line); }));
    return steps;
}

Result<std::string> Kbuild::ask(const std::string& target) const {
    TRY_ASSIGN(const auto answer,
               run_captured({.argv = argv({"-s", "--no-print-directory", target}),
                             .environment = make_environment()}));
    if (!answer.status.success()) {
        return fail(ErrorKind::environment,
                    "`make " + target + "`: " + printable(trim(answer.err)));
    }
    return std::string(trim(answer.out));
}

void MakeOutput::line(std::string_view line) {
    const auto text = printable(trim(line));
    // "  CC      kernel/fork.o": two spaces, a word in capitals, a file.
    if (line.starts_with("  ") && !text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
        const auto space = text.find(' ');
        if (space != std::string::npos) {
            objects_ += 1;
            latest_ = trim(std::string_view(text).substr(space));
            if (latest_.starts_with('/')) { // some of the host's tools are made by their full paths
                latest_ = std::filesystem::path(latest_).filename().string();
            }
            return;
        }
    }
    if (!error_.empty() ? error_.size() < shown_lines : looks_like_error(text)) {
        error_.push_back(text);
    }
    tail_.push_back(text);
    if (tail_.size() > shown_lines) {
        tail_.erase(tail_.begin());
    }
}

// kbuild's commands begin with an echo of what MakeOutput::line() looks for.
std::size_t announced_steps(std::string_view command) {
    static constexpr std::string_view echo = "echo '  ";
    std::size_t steps = 0;
    for (auto at = command.find(echo); at != std::string_view::npos; at = command.find(echo, at)) {
        at += echo.size();
        steps += at < command.size() && command[at] >= 'A' && command[at] <= 'Z' ? 1U : 0U;
    }
    return steps;
}

std::string MakeOutput::first_error() const {
    return error_.empty() ? join(tail_, "\n  ") : join(error_, "\n  ");
}

} // namespace ktstr::kernels
