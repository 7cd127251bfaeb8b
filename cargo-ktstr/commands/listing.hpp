// The listing before a run: builds the tests and asks nextest for them, with our runner in place.
#pragma once

#include "cargo-ktstr/commands/archive.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ktstr::commands {

struct Listing {
    int exit_code = 0; // of cargo or nextest, which have said why; the rest is empty then
    nextest::TestList list;
    bool has_gauntlet = true; // its names are in the list; else nothing chooses among them
    std::vector<std::string> arguments; // ours for nextest: where the runner stands
    std::optional<Archive> archive;     // where the binaries of the list lie, until this goes
};

// Sets in `environment` what the runners need: kernels, gauntlet, the runner itself; and in the
// wishes where an archive's workspace is. `with_gauntlet`: for who cannot do without its names.
Result<Listing>
list_tests(Wishes& wishes, nextest::Environment& environment, bool with_gauntlet = false);

} // namespace ktstr::commands
