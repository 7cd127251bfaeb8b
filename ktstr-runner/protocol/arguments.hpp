// What nextest (or a person) asks of the target runner, read from its command line:
//   ktstr-runner [--help | --version] BIN ARGS...
// nextest calls it in three forms (nextest documentation, "Custom test harnesses" and "Target
// runners"):
//   BIN --list --format terse [--ignored]
//   BIN --exact NAME --nocapture [--ignored] [--bench] [run-extra-args...]
//   and, through debuggers, wrappers or `cargo run`, anything else.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace ktstr::protocol {

// In each, argv is the command of the test binary as it was given, argv[0] being the binary.

// List the tests: on the host, nothing but the harness's words on stdout.
struct List {
    std::vector<std::string> argv;
};

// Run one test, in a machine.
struct Exact {
    std::vector<std::string> argv;
    std::string test;
};

// Run the program with these arguments, in a machine.
struct PassThrough {
    std::vector<std::string> argv;
};

struct Help {};

struct Version {};

using Request = std::variant<List, Exact, PassThrough, Help, Version>;

// `arguments` without the runner's own name.
Result<Request> parse_arguments(std::span<const std::string> arguments);

} // namespace ktstr::protocol
