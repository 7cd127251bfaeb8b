#include "cargo-ktstr/commands/variables.hpp"

#include <array>

namespace ktstr::commands {

namespace {

constexpr auto table = std::to_array<Variable>({
    {"KTSTR_CACHE_DIR", "the kernel store"                                            },
    {"KTSTR_KERNEL",    "the kernel spec, unless --kernel is given"                   },
    {"KTSTR_MACHINE",   "auto, qemu, qemu-kvm or qemu-tcg, unless --machine is given" },
    {"KTSTR_RUN_DIR",   "set by cargo ktstr for the runners: the directory of the run"},
});

} // namespace

std::span<const Variable> variables() {
    return table;
}

} // namespace ktstr::commands
