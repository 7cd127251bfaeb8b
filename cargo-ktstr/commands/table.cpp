#include "cargo-ktstr/commands/table.hpp"

#include "cargo-ktstr/commands/doctor.hpp"
#include "cargo-ktstr/commands/test.hpp"

#include <array>

namespace ktstr::commands {

namespace {

constexpr auto commands = std::to_array<cli::Command>({
    {.name = "test",
     .group = "Tests",
     .summary = "Run the tests of this workspace in virtual machines",
     .spec = &test_spec,
     .run = test_command  },
    {.name = "doctor",
     .group = "This machine",
     .summary = "Say what works here, and what to do about the rest",
     .spec = &doctor_spec,
     .run = doctor_command},
});

} // namespace

std::span<const cli::Command> table() {
    return commands;
}

} // namespace ktstr::commands
