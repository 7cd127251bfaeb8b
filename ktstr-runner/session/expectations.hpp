// What a test of the crate `ktstr` expects, for its verdict.
#pragma once

#include <optional>
#include <string>

namespace ktstr::session {

struct Expectations {
    bool verdict = false;   // the program says itself how it went
    bool scheduler = false; // one is to be attached
    bool allow_inconclusive = false;
    bool expect_err = false; // its body is to fail: then its word is a pass
    // Of the error (scx_bpf_error, or one that the kernel found) with which a scheduler must end;
    // both absent: none may.
    std::optional<std::string> error_contains;
    std::optional<std::string> error_matches; // regular expression, searched for

    bool error() const { return error_contains || error_matches; }
};

} // namespace ktstr::session
