#include "cargo-ktstr/make/commands.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/kernels/build.hpp"
#include "cargo-ktstr/kernels/distro.hpp"
#include "cargo-ktstr/kernels/listing.hpp"
#include "cargo-ktstr/kernels/request.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>

namespace ktstr::make {

namespace {

using Words = std::span<const std::string>;

Result<> report(const kernels::Made& made, std::chrono::nanoseconds took) {
    const auto& entry = made.entry;
    say("{} {} ({}, {}, {}), {}",
        made.was_there ? "the store has" : "made",
        entry.key,
        entry.version,
        human_bytes(entry.size),
        kernels::sched_ext_words(entry),
        human_time(took));
    return write_all(STDOUT_FILENO, entry.key + "\n");
}

Result<kernels::Made> build_tree(const kernels::BuildRequest& request,
                                 const std::string& tree,
                                 kernels::Progress& progress) {
    return kernels::build_kernel({.source = tree,
                                  .base = request.base,
                                  .extra_kconfig = request.extra_kconfig,
                                  .jobs = request.jobs,
                                  .cpu_cap = request.cpu_cap},
                                 progress);
}

Result<int> build(Words words) {
    TRY_ASSIGN(const auto request, kernels::read_build_request(words));
    auto begun = Clock::now();
    if (!request.packages.empty()) {
        TRY_ASSIGN(const auto made, kernels::import_debs({.packages = request.packages}));
        TRY(report(made, Clock::now() - begun));
        return 0;
    }
    for (const auto& spec : request.specs) {
        begun = Clock::now();
        kernels::Progress progress;
        TRY_ASSIGN(const auto made, build_tree(request, spec, progress));
        TRY(report(made, Clock::now() - begun));
    }
    return 0;
}

Result<int> fetch_distro(Words words) {
    TRY(cli::parse(kernels::fetch_distro_spec, words));
    const auto begun = Clock::now();
    kernels::Progress progress;
    TRY_ASSIGN(const auto made, kernels::fetch_distro_kernel({}, progress));
    TRY(report(made, Clock::now() - begun));
    return 0;
}

constexpr cli::Command kernel_commands[] = {
    {.name = "build",
     .group = "Commands",
     .summary = "Make kernels",
     .spec = &kernels::build_spec,
     .run = build       },
    {.name = "fetch-distro",
     .group = "Commands",
     .summary = "Fetch the distribution's cloud kernel",
     .spec = &kernels::fetch_distro_spec,
     .run = fetch_distro},
};

const cli::Spec kernel_spec{
    .name = "kernel",
    .usage = "COMMAND [OPTIONS]",
    .about = "Makes the kernels that tests boot.",
};

std::span<const cli::Command> commands_of_kernel() {
    return kernel_commands;
}

constexpr cli::Command commands[] = {
    {.name = "kernel",
     .group = "Commands",
     .summary = "Make kernels; `cargo ktstr kernel` starts this program",
     .spec = &kernel_spec,
     .commands = commands_of_kernel},
};

} // namespace

std::span<const cli::Command> table() {
    return commands;
}

} // namespace ktstr::make
