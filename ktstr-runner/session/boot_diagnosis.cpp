#include "ktstr-runner/session/boot_diagnosis.hpp"

#include "ktstr-runner/machine/window/channel.hpp"

#include <poll.h>

#include <vector>

namespace ktstr::session {

Result<std::string>
loud_boot(const machine::Choice& choice, machine::MachineSpec spec, Deadline deadline) {
    spec.loud = true;
    TRY_ASSIGN(const auto machine, machine::create(choice, spec));
    machine::Channel channel(machine->window());
    TRY(machine->resume());
    while (!machine->ending() && !deadline.expired()) {
        std::vector<pollfd> polls;
        for (const int fd : machine->descriptors()) {
            polls.push_back({.fd = fd, .events = POLLIN, .revents = 0});
        }
        ::poll(polls.data(), polls.size(), deadline.poll_timeout(std::chrono::milliseconds{50}));
        TRY(machine->service());
        TRY_ASSIGN(const auto frame, channel.receive());
        if (frame) {
            break;
        }
    }
    return std::string(machine->console());
}

} // namespace ktstr::session
