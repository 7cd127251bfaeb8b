#include "cargo-ktstr/commands/kernel.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/kernels/build.hpp"
#include "cargo-ktstr/kernels/distro.hpp"
#include "cargo-ktstr/kernels/listing.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>

namespace ktstr::commands {

namespace {

using Words = std::span<const std::string>;

constexpr cli::Example kernel_examples[] = {
    {"A kernel from its sources:",       "kernel build --source ~/linux"},
    {"What there is to run tests with:", "kernel list"                  },
};

constexpr cli::Option build_options[] = {
    {.heading = "From sources",
     .name = "source",
     .value = "DIR",
     .help = "The top directory of a kernel source tree, built by the lean recipe."},
    {.heading = "From sources",
     .name = "extra-kconfig",
     .value = "FILE",
     .help = "More settings, on top of the recipe's; may be repeated."},
    {.heading = "From sources",
     .name = "jobs",
     .letter = 'j',
     .value = "N",
     .help = "Jobs of make.",
     .fallback = "the CPUs this process may use"},
    {.heading = "From packages",
     .name = "deb",
     .value = "FILE...",
     .help =
         "The Debian packages of one kernel: linux-image-*, or linux-binary-* and linux-base-*, "
         "and linux-modules-* where there is one."},
};

constexpr cli::Example build_examples[] = {
    {"By the lean recipe, with one more setting:",
     "kernel build --source ~/linux --extra-kconfig kasan.kconfig"               },
    {"From packages of Debian:",
     "kernel build --deb linux-binary-7.3.4_amd64.deb linux-base-7.3.4_amd64.deb"},
};

const cli::Spec build_spec{
    .name = "kernel build",
    .usage = "(--source DIR | --deb FILE...) [OPTIONS]",
    .about = "Makes a kernel of the store, from its sources or from packages. A kernel that is "
             "there already is not made again.",
    .options = build_options,
    .positionals = cli::any_number, // the further files of --deb
    .examples = build_examples,
};

constexpr cli::Example fetch_examples[] = {
    {"The distribution's kernel, without installing it:", "kernel fetch-distro"          },
    {"With the trace of an error:",                       "kernel fetch-distro --verbose"},
};

const cli::Spec fetch_spec{
    .name = "kernel fetch-distro",
    .about = "Fetches the distribution's cloud kernel with apt into the store; nothing is "
             "installed, and the system's package sources stay as they are.",
    .examples = fetch_examples,
};

constexpr cli::Option list_options[] = {
    {.heading = "Output", .name = "json",   .help = "Print JSON."                                 },
    {.heading = "Checks", .name = "verify", .help = "Also read every file and compare its digest."},
};

constexpr cli::Example list_examples[] = {
    {"Each kernel with its version and age:", "kernel list"                                },
    {"The keys alone, for a script:",         "kernel list --json | jq -r '.kernels[].key'"},
};

const cli::Spec list_spec{
    .name = "kernel list",
    .usage = "[OPTIONS]",
    .about = "Shows what the store holds. Damaged entries are named and make the exit code 1.\n"
             "The store is $KTSTR_CACHE_DIR, else $XDG_CACHE_HOME/ktstr/kernels, else "
             "~/.cache/ktstr/kernels.",
    .options = list_options,
    .examples = list_examples,
};

constexpr cli::Example path_examples[] = {
    {"The newest kernel of a series:",    "kernel path 6.12"},
    {"The kernel that tests would boot:", "kernel path"     },
};

const cli::Spec path_spec{
    .name = "kernel path",
    .usage = "[SPEC]",
    .about = "Prints the path of the image that SPEC means: a path (image, built source tree, "
             "package), a version or its beginning, or a key of the store. Without SPEC: "
             "$KTSTR_KERNEL, else the newest kernel, one with sched_ext before one without.",
    .positionals = 1,
    .examples = path_examples,
};

Result<int> report(const kernels::Made& made, std::chrono::nanoseconds took) {
    const auto& entry = made.entry;
    say("{} {} ({}, {}, {}sched_ext), {}",
        made.was_there ? "the store has" : "made",
        entry.key,
        entry.version,
        human_bytes(entry.size),
        entry.sched_ext ? "" : "no ",
        human_time(took));
    return 0;
}

std::vector<std::filesystem::path> paths(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

Result<unsigned> jobs_of(const std::string& text) {
    const auto jobs = parse_u64(text);
    if (!jobs || *jobs == 0 || *jobs > 4096) {
        return fail(ErrorKind::usage,
                    "--jobs is a number from 1 to 4096, not `" + to_utf8(text) + "`");
    }
    return static_cast<unsigned>(*jobs);
}

Result<int> build(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(build_spec, words));
    auto packages = arguments.values("deb");
    const auto& files = arguments.positionals(); // --deb takes all that follow
    const auto begun = Clock::now();
    if (!packages.empty() && !arguments.has("source")) {
        packages.insert(packages.end(), files.begin(), files.end());
        TRY_ASSIGN(const auto made, kernels::import_debs({.packages = paths(packages)}));
        return report(made, Clock::now() - begun);
    }
    if (arguments.values("source").size() != 1 || !packages.empty() || !files.empty()) {
        return fail(
            Error(ErrorKind::usage, "`kernel build` takes either --source DIR or --deb FILE...")
                .hint("see `cargo ktstr kernel build --help`"));
    }
    kernels::BuildOptions recipe{.source = *arguments.value("source"),
                                 .extra_kconfig = paths(arguments.values("extra-kconfig"))};
    if (const auto jobs = arguments.value("jobs")) {
        TRY_ASSIGN(recipe.jobs, jobs_of(*jobs));
    }
    Progress progress;
    TRY_ASSIGN(const auto made, kernels::build_kernel(recipe, progress));
    return report(made, Clock::now() - begun);
}

Result<int> fetch_distro(Words words) {
    TRY(cli::parse(fetch_spec, words));
    const auto begun = Clock::now();
    Progress progress;
    TRY_ASSIGN(const auto made, kernels::fetch_distro_kernel({}, progress));
    return report(made, Clock::now() - begun);
}

Result<int> list(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(list_spec, words));
    TRY_ASSIGN(auto listing, store::list());
    if (arguments.has("verify")) {
        TRY(kernels::verify_all(listing));
    }
    if (arguments.has("json")) {
        TRY(write_all(STDOUT_FILENO, kernels::listing_json(listing)));
    } else {
        TRY_ASSIGN(const auto root, store::root());
        TRY(write_all(STDOUT_FILENO,
                      kernels::listing_table(listing, root, std::chrono::system_clock::now())));
    }
    return static_cast<int>(listing.damaged.empty() ? ExitCode::ok : ExitCode::failed);
}

Result<int> path(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(path_spec, words));
    const auto& given = arguments.positionals();
    TRY_ASSIGN(const auto entry, store::resolve(given.empty() ? "" : given.front()));
    TRY(write_all(STDOUT_FILENO, entry.image.string() + "\n"));
    return 0;
}

constexpr cli::Command commands[] = {
    {.name = "build",
     .group = "Commands",
     .summary = "Make a kernel from sources or from Debian packages",
     .spec = &build_spec,
     .run = build       },
    {.name = "fetch-distro",
     .group = "Commands",
     .summary = "Fetch the distribution's cloud kernel; nothing is installed",
     .spec = &fetch_spec,
     .run = fetch_distro},
    {.name = "list",
     .group = "Commands",
     .summary = "Show what the store holds",
     .spec = &list_spec,
     .run = list        },
    {.name = "path",
     .group = "Commands",
     .summary = "Print the path of a kernel's image",
     .spec = &path_spec,
     .run = path        },
};

} // namespace

const cli::Spec kernel_spec{
    .name = "kernel",
    .usage = "COMMAND [OPTIONS]",
    .about = "Makes, lists and finds the kernels that tests boot.",
    .examples = kernel_examples,
};

std::span<const cli::Command> kernel_commands() {
    return commands;
}

} // namespace ktstr::commands
