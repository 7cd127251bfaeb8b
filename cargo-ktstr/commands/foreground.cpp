#include "cargo-ktstr/commands/foreground.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace ktstr::commands {

namespace {

volatile sig_atomic_t child_pid = 0;
volatile sig_atomic_t passed = 0; // the last one

// The second of nextest's terms is at once: a signal is passed on once.
void pass_on(int number, siginfo_t* from, void* /*context*/) {
    const bool of_terminal = from->si_code > 0; // by the kernel: nextest has it too
    if (of_terminal || passed == number || child_pid <= 0) {
        return;
    }
    passed = number == SIGUSR1 ? passed : number;
    ::kill(child_pid, number);
}

void pass_signals_on(Leader leader) {
    struct sigaction action{};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1}) {
        if (number == SIGUSR1 && leader != Leader::is_nextest) {
            ::signal(number, SIG_IGN); // nobody there would know it
        } else {
            ::sigaction(number, &action, nullptr);
        }
    }
}

// Those of ours that are nextest: others are servers that a compiler's wrapper has left, say.
// proc_pid_task(5), `children`.
std::vector<pid_t> left_nextests() {
    std::vector<pid_t> pids;
    const auto text = read_file("/proc/thread-self/children").value_or("");
    for (const auto& word : split(text, ' ')) {
        const auto pid = parse_u64(word);
        if (pid && trim(read_file("/proc/" + word + "/comm").value_or("")) == "cargo-nextest") {
            pids.push_back(static_cast<pid_t>(*pid));
        }
    }
    return pids;
}

// The command did not wait for it when a signal ended the command alone.
void end_what_is_left() {
    for (const auto pid : left_nextests()) {
        if (passed != 0) {
            ::kill(pid, passed);
        }
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

} // namespace

Result<ExitStatus> run_in_foreground(std::vector<std::string> command,
                                     const nextest::Environment& environment,
                                     Leader leader) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
    TRY_ASSIGN(auto child,
               Child::spawn({.argv = std::move(command),
                             .environment = environment.entries(),
                             .cwd = {},
                             .in = STDIN_FILENO,
                             .keep = {}}));
    child_pid = child.pid();
    pass_signals_on(leader);
    TRY_ASSIGN(const auto status, child.wait());
    child_pid = 0;
    end_what_is_left();
    return status;
}

} // namespace ktstr::commands
