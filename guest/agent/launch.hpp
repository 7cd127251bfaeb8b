// Starts the program of a job: session, cgroup, standard streams, terminal, exec.
#pragma once

#include "guest/agent/os.hpp"
#include "guest/wire/messages.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

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

Launch launch(const wire::Job& job, const std::string& cgroup);

void set_terminal_size(int terminal, const wire::Terminal& size);

// The value of NAME in "NAME=value" strings; empty when it is not there.
std::string_view variable(const std::vector<std::string>& environment, std::string_view name);

// execvp's search: where `name` is found on `path`, or `name` itself when it has a slash. One that
// may not be executed is the last resort (its error is the truth); empty when it is nowhere.
std::string find_program(const std::string& name, std::string_view path);

} // namespace ktstr::guest
