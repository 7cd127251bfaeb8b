// What a replay came to, against the attempt that it repeats.
#pragma once

#include "cargo-ktstr/commands/replay_attempt.hpp"

#include <string>

namespace ktstr::commands {

struct ReplayResult {
    bool identical = false;
    std::string text; // for people, lines
};

// Of two sidecars, with their files of frames where they are to be had.
ReplayResult compare_attempts(const Recorded& recorded, const Recorded& again);

} // namespace ktstr::commands
