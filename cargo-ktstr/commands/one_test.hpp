// The test that a person means by its name, or by a part of it.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <compare>
#include <set>
#include <string>
#include <string_view>

namespace ktstr::commands {

struct TestName {
    std::string binary_id;
    std::string test;

    auto operator<=>(const TestName&) const = default;

    std::string whole() const { return binary_id + ' ' + test; }
};

// How errors speak of the tests that there are.
struct AmongTests {
    std::string_view they;      // "test of the run"
    std::string_view named_by;  // "`cargo ktstr stats list` names them"
    std::string_view other_way; // ", or its sidecar"
};

// "NAME" or "BINARY_ID NAME", else the one with that in "BINARY_ID NAME". None and several are
// errors that say which there are.
Result<TestName>
one_test(const std::string& wanted, const std::set<TestName>& tests, const AmongTests& among);

} // namespace ktstr::commands
