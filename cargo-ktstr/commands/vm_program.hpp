// What `run` and `shell` share: the options of a machine, and one program in it.
#pragma once

#include "cargo-ktstr/cli/arguments.hpp"
#include "ktstr-runner/session/prepare.hpp"

#include <array>

namespace ktstr::commands {

// Machine options of a command that boots one; each has an environment variable of the same
// meaning.
inline constexpr std::array machine_options{
    cli::Option{.heading = "Machine",
                .name = "kernel",
                .value = "SPEC",
                .help = "Kernel to boot: an image, a built source tree, a version prefix or a key "
                        "of the store.", .fallback = "newest of the store",
                .env = "KTSTR_KERNEL"},
    cli::Option{.heading = "Machine",
                .name = "topology",
                .value = "SHAPE",
                .help = "Processors as {n}n{l}l{c}c{t}t: nodes, LLCs in all (2+1+0 of each node), "
                        "cores per LLC, "
                        "threads per core."},
    cli::Option{.heading = "Machine",
                .name = "cpus",
                .value = "N",
                .help = "N processors under one LLC.",
                .fallback = "2"},
    cli::Option{.heading = "Machine",
                .name = "memory",
                .value = "SIZE",
                .help = "Memory of the guest, in MiB unless it has a unit.",
                .fallback = "512M"},
    cli::Option{.heading = "Machine",
                .name = "machine",
                .value = "KIND",
                .help = "auto, kvm, qemu, qemu-kvm, qemu-tcg or det.",
                .fallback = "auto",
                .env = "KTSTR_MACHINE"},
    cli::Option{.heading = "Machine",
                .name = "cold",
                .help = "Boot it, instead of restoring a saved one.",
                .env = "KTSTR_TEMPLATES=0"},
    cli::Option{.heading = "Guest",
                .name = "include",
                .letter = 'i',
                .value = "PATH",
                .help = "A file or program to have in the guest at its own path; may be repeated."},
};

// The machine's settings: .config/ktstr.toml of the current directory, then the environment, then
// the options.
Result<config::TestSettings> machine_settings(const cli::Arguments& arguments,
                                              const std::string& program);

// Runs it with our stdin, stdout and stderr; what went wrong beside the program itself is said on
// stderr.
Result<int> run_in_vm(session::Program program, std::optional<wire::Terminal> terminal);

// `--include` paths: programs with their libraries, other files as they are.
Result<session::Program> new_program(const cli::Arguments& arguments,
                                     config::TestSettings settings);

} // namespace ktstr::commands
