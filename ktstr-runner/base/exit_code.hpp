// The exit codes of our own programs, one table. A program that runs in a VM passes its own code
// through.
#pragma once

#include "ktstr-runner/base/result.hpp"

namespace ktstr {

enum class ExitCode : int {
    ok = 0,
    failed = 1,       // a verdict of fail or inconclusive, an unexpected error
    usage = 2,        // command line, environment variable or configuration is wrong
    harness = 3,      // no verdict could be had: no kernel, no machine, no space, the test says so
    inconclusive = 4, // the guest died or time ran out before a verdict
    diverged = 5,     // a deterministic attempt, run again, was not the same
    time_limit = 124, // the program ran when its time was up, as timeout(1) says it
};

// libtest's own, for failed tests: its output has said all there is.
inline constexpr int libtest_failure = 101;

// nextest's own, when a test of a run failed; ours when a seed of a test did.
inline constexpr int tests_failed = 100;

constexpr int exit_code_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::usage:
        return static_cast<int>(ExitCode::usage);
    case ErrorKind::environment:
        return static_cast<int>(ExitCode::harness);
    case ErrorKind::guest:
        return static_cast<int>(ExitCode::inconclusive);
    case ErrorKind::internal:
        return static_cast<int>(ExitCode::failed);
    }
    return static_cast<int>(ExitCode::failed);
}

} // namespace ktstr
