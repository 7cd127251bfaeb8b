// How nextest starts a test: asked once, it can be started again and again without nextest, and is
// the same to the last variable. KTSTR_TELL_START: a file for it; the runner of a test then writes
// that, and runs nothing. `cargo ktstr explore` sets it.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::config {

inline constexpr const char* tell_start_variable = "KTSTR_TELL_START";

struct TestStart {
    std::string cwd;
    std::vector<std::string> argv;        // test binary and its arguments
    std::vector<std::string> environment; // "NAME=value", complete

    bool operator==(const TestStart&) const = default;
};

// Where it is to be told; absent where the variable is unset. An empty one is an error.
Result<std::optional<std::string>> tell_start_from(std::span<const std::string> environment);

// A file's text: strings, each with a zero behind it.
std::string text_of(const TestStart& start);
Result<TestStart> parse_test_start(std::string_view text);

} // namespace ktstr::config
