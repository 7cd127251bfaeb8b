#include "ktstr-runner/protocol/host_run.hpp"

#include <signal.h>
#include <unistd.h>

namespace ktstr::protocol {

Result<ExitStatus> run_on_host(const std::vector<std::string>& argv,
                               const std::vector<std::string>& variables) {
    auto all = environment();
    all.insert(all.end(), variables.begin(), variables.end());
    TRY_ASSIGN(auto child,
               Child::spawn({.argv = argv, .environment = std::move(all), .in = STDIN_FILENO}));
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        ::signal(number, SIG_IGN);
    }
    return child.wait();
}

} // namespace ktstr::protocol
