// Building a scheduler that is not there yet: by cargo, once in a run.
#pragma once

#include "ktstr-runner/variants/scheduler_binary.hpp"

#include <filesystem>
#include <optional>

namespace ktstr::variants {

struct BuildPlace {
    // Of this run: who comes second learns there what the first one's build gave, its failure too.
    // Absent: there is no run, each builds (and cargo finds that it has nothing to do).
    std::optional<std::filesystem::path> run_directory;
    bool release = false; // as the test was built
    std::string run;      // a directory may serve several runs, each of which builds
};

// `cargo build --workspace --bin <name>` in the scheduler's manifest_dir; its output goes to stderr
// when it fails.
// An error that is_not_of_the_workspace(): cargo knows no program of that name there.
Result<FoundScheduler> build_scheduler(const Scheduler& scheduler, const BuildPlace& place);

bool is_not_of_the_workspace(const Error& error);

// The program of that name among cargo's messages (cargo reference, "External tools": artifact
// messages), absent when there is none.
std::optional<std::filesystem::path> built_program(std::string_view messages,
                                                   std::string_view name);

// Whether Cargo put this test binary into a release profile's directory.
bool is_release(const std::filesystem::path& test_binary);

} // namespace ktstr::variants
