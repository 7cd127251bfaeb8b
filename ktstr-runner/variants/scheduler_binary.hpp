// Where the program of a scheduler is on this host.
#pragma once

#include "ktstr-runner/variants/declarations.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace ktstr::variants {

struct FoundScheduler {
    std::filesystem::path program;
    bool named = false; // somebody said that it is this one; else it was found by its name
};

struct Surroundings {
    std::span<const std::string> environment; // "NAME=value" each
    std::filesystem::path test_binary;
};

// One with a path is there. One with a name: $KTSTR_SCHEDULER, NEXTEST_BIN_EXE_<name> and
// CARGO_BIN_EXE_<name>, the target directory that the test lies in, $PATH. Absent: it must be
// built. A place that was named and has no such program is an error.
Result<std::optional<FoundScheduler>> find_scheduler(const Scheduler& scheduler,
                                                     const Surroundings& surroundings);

} // namespace ktstr::variants
