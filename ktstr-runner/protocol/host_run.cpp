#include "ktstr-runner/protocol/host_run.hpp"

#include <signal.h>
#include <unistd.h>

namespace ktstr::protocol {

Result<ExitStatus> run_on_host(const std::vector<std::string>& argv) {
    TRY_ASSIGN(auto child, Child::spawn({.argv = argv, .in = STDIN_FILENO}));
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        ::signal(number, SIG_IGN);
    }
    return child.wait();
}

} // namespace ktstr::protocol
