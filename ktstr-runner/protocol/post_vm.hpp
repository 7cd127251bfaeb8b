// A test's post_vm: a function of its binary that looks at the result on the host, when the machine
// is gone.
#pragma once

#include "ktstr-runner/session/session.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::protocol {

struct PostVm {
    std::filesystem::path binary;
    std::string test;
    std::optional<Clock::time_point> deadline; // when it must have ended
};

// Runs `BIN --ktstr-post-vm NAME FILE`; its output is ours. What it says counts only for a test
// that had passed: a record that tells of a failure keeps it.
Result<> run_post_vm(const PostVm& post_vm, session::Outcome& outcome);

} // namespace ktstr::protocol
