#include "cargo-ktstr/commands/foreground.hpp"

#include <signal.h>
#include <unistd.h>

namespace ktstr::commands {

namespace {

// A terminal's signals reach nextest too, which ends in order at the first and at once at the
// second. Only what is sent to one process is passed on, once.
volatile sig_atomic_t child_pid = 0;

void pass_on(int number) {
    if (child_pid > 0) {
        ::kill(child_pid, number);
    }
    if (number == SIGTERM) {
        ::signal(number, SIG_IGN);
    }
}

} // namespace

Result<ExitStatus> run_in_foreground(std::vector<std::string> command,
                                     const nextest::Environment& environment) {
    TRY_ASSIGN(auto child,
               Child::spawn({.argv = std::move(command),
                             .environment = environment.entries(),
                             .cwd = {},
                             .in = STDIN_FILENO,
                             .keep = {}}));
    child_pid = child.pid();
    for (const int of_terminal : {SIGINT, SIGQUIT, SIGHUP}) {
        ::signal(of_terminal, SIG_IGN); // now: it must not inherit that
    }
    ::signal(SIGTERM, pass_on);
    ::signal(SIGUSR1, pass_on); // nextest says how far it is
    TRY_ASSIGN(const auto status, child.wait());
    child_pid = 0;
    return status;
}

} // namespace ktstr::commands
