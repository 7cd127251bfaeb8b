// How an attempt is looked at while it runs again.
#pragma once

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/commands/replay_attempt.hpp"
#include "cargo-ktstr/nextest/environment.hpp"

#include <string>

namespace ktstr::commands {

struct Look {
    bool trace = false;
};

// Those of `replay` beside the ones that choose the attempt.
std::span<const cli::Option> look_options();

Result<Look> look_from(const cli::Arguments& arguments);

// What the runner is told.
void put_look(nextest::Environment& environment, const Look& look);

// Lines for people: where the trace of that attempt is. An error when one was asked for and is not
// there.
Result<std::string> tell_of_look(const Look& look, const Recorded& again);

} // namespace ktstr::commands
