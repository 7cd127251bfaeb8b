// An archive of nextest's (`-- --archive-file`): tests that another machine has built.
#pragma once

#include "cargo-ktstr/commands/prepared_run.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ktstr::commands {

struct Archive {
    // Unpacked here its binaries can be asked what they declare. nextest unpacks it once more to
    // run them, into a directory of its own.
    TempDir directory;
    std::filesystem::path workspace;    // its own, the user's other one, or an empty one
    std::vector<std::string> arguments; // for nextest: where that is
};

// Absent without an archive. nextest wants the workspace that the archive was made in, and runs
// each test in its package's directory; where that workspace is not, and no --workspace-remap says
// where else, an empty one is made below target/ktstr, with the `.config` of the current directory.
Result<std::optional<Archive>> unpack_archive(const Wishes& wishes,
                                              const nextest::Environment& environment);

} // namespace ktstr::commands
