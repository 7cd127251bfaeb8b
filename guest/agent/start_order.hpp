// What a Starter's child is told to execute: a job's program, as text that fits through a pipe.
#pragma once

#include "guest/wire/messages.hpp"

#include <string>
#include <vector>

namespace ktstr::guest {

struct StartOrder {
    bool merge_streams = false;
    bool standard_input = false;
    bool read_only = false;
    unsigned long timer_slack_ns = 0; // prctl(2), PR_SET_TIMERSLACK; 0: as it is
    const char* cwd = "";
    std::vector<char*> argv; // as execve(2) takes it, likewise the environment
    std::vector<char*> environment;
};

std::string start_order(const wire::Job& job);

// `text` is of start_order(); the pointers are into it.
StartOrder parse_start_order(std::string& text);

} // namespace ktstr::guest
