// Building a scheduler of the test's own workspace: by cargo, once in a run.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/variants/cargo_output.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::variants {

struct BuildPlace {
    // Who comes second learns there what the first one's build gave, its failure too. Absent: there
    // is no run, each builds (and cargo finds that it has nothing to do).
    std::optional<std::filesystem::path> run_directory;
    std::string run;    // a directory may serve several runs, each of which builds
    CargoOutput output; // of the test, which the scheduler is to lie beside
    Deadline deadline = Deadline::never();
};

// `cargo build --workspace --bin <name>` in the scheduler's manifest_dir, as the test was built;
// its output goes to stderr when it fails. Absent when there is no such program to build: cargo
// knows none of that name there, or there is no cargo or no such directory here. Past the deadline
// an error, which is not remembered: the next one goes on where the build was.
Result<std::optional<std::filesystem::path>> build_scheduler(const Scheduler& scheduler,
                                                             const BuildPlace& place);

// The program of that name among cargo's messages (cargo reference, "External tools": artifact
// messages), absent when there is none.
std::optional<std::filesystem::path> built_program(std::string_view messages,
                                                   std::string_view name);

} // namespace ktstr::variants
