// The test that is explored, and how nextest starts it.
#pragma once

#include "cargo-ktstr/nextest/environment.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"
#include "ktstr-runner/config/test_start.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::commands {

// The list with nothing in it but the test with that name, "NAME" or "BINARY_ID NAME", or with that
// in its name where none is called so. None and several are errors that say which there are.
Result<nextest::TestList> only_test(nextest::TestList list, const std::string& name);

// Has nextest start the one test of the list, whose runner tells how and runs nothing. `command` is
// nextest's, without what chooses the test; `file` is where it is told.
Result<config::TestStart> learn_start(const nextest::TestList& list,
                                      std::span<const std::string> command,
                                      nextest::Environment environment,
                                      const std::filesystem::path& file);

} // namespace ktstr::commands
