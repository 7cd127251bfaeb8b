// How an attempt is looked at while it runs again.
#pragma once

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/commands/replay_attempt.hpp"
#include "cargo-ktstr/nextest/environment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::commands {

struct Look {
    bool trace = false;
    bool gdb = false;
    std::optional<std::uint64_t> until_ns; // guest time, since the job began

    // It does not run to its end.
    bool stops() const { return gdb || until_ns; }
};

// "3.2s", "250ms", "7us", "40ns" in nanoseconds; absent when it is none of these.
std::optional<std::uint64_t> parse_guest_time(std::string_view text);

// Those of `replay` beside the ones that choose the attempt.
std::span<const cli::Option> look_options();

Result<Look> look_from(const cli::Arguments& arguments);

// Where it stops: at the time that was given, else a moment before the attempt failed, from where
// gdb goes on. An error of an attempt that did not fail, or does not tell when.
Result<std::uint64_t> stop_of(const Look& look, const sidecar::Record& record);

// What the runner is told.
Result<>
put_look(nextest::Environment& environment, const Look& look, const sidecar::Record& record);

// It stopped there, and there is nothing to compare.
bool has_stopped(const Look& look, const Recorded& again);

// Lines for people: where the trace of that attempt is. An error when one was asked for and is not
// there.
Result<std::string> tell_of_look(const Look& look, const Recorded& again);

} // namespace ktstr::commands
