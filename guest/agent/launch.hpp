// Starts the program of a job: session, cgroup, standard streams, terminal, exec. All but the exec
// can be done before the job is known, and so before a template is saved: then no test pays for it.
#pragma once

#include "guest/base/os.hpp"
#include "guest/wire/messages.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace ktstr::guest {

// Our ends of the program's streams. A terminal is both `in` and `out`; those that the job does not
// want are empty.
struct Launch {
    pid_t pid = -1;
    Fd in;
    Fd out;
    Fd err;
    int error = 0;       // errno, when the program was not executed
    std::string failure; // and why, in words
};

// The name (comm) of a process that waits to become a program: not one of the test's yet.
inline constexpr const char* starter_name = "ktstr-starter";

// The process that becomes the program: forked by the constructor, it waits in its cgroup and with
// its streams until start() tells it what to execute. One that is never started goes away with its
// Starter.
class Starter final {
public:
    // On pipes, or on a terminal of this size. `cgroup` may be empty: in ours.
    explicit Starter(const std::string& cgroup,
                     const std::optional<wire::Terminal>& terminal = std::nullopt);
    Starter(Starter&& other) noexcept;
    Starter& operator=(Starter&& other) noexcept;
    ~Starter();

    // Once.
    Launch start(const wire::Job& job);

private:
    void dismiss();

    bool on_terminal_;
    Launch launch_; // what start() returns
    Fd order_;      // what to execute is written here
    Fd report_;     // and here comes why it was not
};

void set_terminal_size(int terminal, const wire::Terminal& size);

} // namespace ktstr::guest
