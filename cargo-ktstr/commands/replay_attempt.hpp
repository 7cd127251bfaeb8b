// The attempt that `replay` is about: a sidecar, or what a test's name means in a run.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::commands {

struct Recorded {
    std::filesystem::path file; // the sidecar
    sidecar::Record record;
};

// The latest deterministic attempt of the test with that name, "NAME" or "BINARY_ID NAME", or with
// that in its name where none is called so. Several tests are an error that lists them, and so are
// attempts none of which was deterministic.
Result<Recorded> attempt_named(const std::string& name, const std::vector<Recorded>& attempts);

// `what`: the path of a sidecar, else a test's name in those runs.
Result<Recorded> recorded_attempt(const std::string& what,
                                  std::span<const std::filesystem::path> runs);

bool is_sidecar_path(const std::string& what);

// Why it cannot be run again: it was not deterministic, or did not come to its program.
Result<> check_can_be_replayed(const Recorded& attempt);

} // namespace ktstr::commands
