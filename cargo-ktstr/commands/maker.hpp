// The program ktstr-kernel, which makes entries of the kernel store. It is a program of its own
// since what it needs (libcurl, libarchive, libgit2, and the thirty libraries behind them) takes
// longer to load than `kernel path` may take.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <span>
#include <string>
#include <vector>

namespace ktstr::commands {

// Becomes it, for `kernel <words...>`; returns only when it cannot.
Error become_maker(std::span<const std::string> words);

// Runs it and returns what it printed on stdout; its stderr is ours. An error says how it ended,
// what was wrong has been printed.
Result<std::string> ask_maker(std::span<const std::string> words);

} // namespace ktstr::commands
