// A test of the crate `ktstr`: what it declares, made into settings and the program that a session
// runs.
#pragma once

#include "ktstr-runner/session/prepare.hpp"
#include "ktstr-runner/variants/gauntlet.hpp"
#include "ktstr-runner/variants/scheduler_binary.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::protocol {

struct Declared {
    variants::Test test;
    std::optional<variants::Scheduler> scheduler;
    std::vector<variants::Scheduler> staged; // that the test may put in its place

    // Whether a program or a part of the kernel is to be attached: EEVDF is not.
    bool attaches() const {
        return scheduler && scheduler->source != variants::SchedulerSource::eevdf;
    }
};

// All of a binary's; absent when it is not built with the crate.
Result<std::optional<variants::Declarations>> declarations_in(const std::filesystem::path& binary);

// One of those tests, with its schedulers; their flags are not in the arguments yet.
Declared declared_in(const variants::Declarations& declarations, const variants::Test& test);

// The variant of a test: a cell of the gauntlet, or (null) the test as it is declared.
Result<> choose_variant(const variants::Cell* cell, Declared& declared);

// The test's topology and memory, over ktstr.toml and under KTSTR_TOPOLOGY and KTSTR_MEMORY; and
// its machine, if it must be the deterministic one.
Result<> apply_declaration(const Declared& declared,
                           std::span<const std::string> environment,
                           config::TestSettings& settings);

// Whether the test's schedulers are meant for some kernels and not for others.
bool is_of_some_kernels(const Declared& declared);

// Why the test does not run on that kernel: a scheduler of it is not meant for it. Absent when it
// does. A spec that is wrong is an error on every kernel.
Result<std::optional<std::string>> why_not_on(const Declared& declared, const store::Entry& kernel);

// Where a scheduler's program is; given as a function for tests.
using FindProgram =
    std::function<Result<std::filesystem::path>(const variants::Scheduler& scheduler)>;

// The one that somebody names; else as cargo builds it now, for one that lies about may be older
// than its source; else, of another workspace, one that lies about. A build ends at the deadline.
FindProgram find_or_build(const std::filesystem::path& test_binary, Deadline deadline);

// Adds to the program what the declaration asks for: engine, schedulers with their files, kernel
// arguments, sysctls, what is expected.
Result<>
add_declaration(const Declared& declared, const FindProgram& find, session::Program& program);

} // namespace ktstr::protocol
