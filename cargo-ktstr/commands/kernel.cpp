#include "cargo-ktstr/commands/kernel.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/commands/kernel_clean.hpp"
#include "cargo-ktstr/commands/maker.hpp"
#include "cargo-ktstr/kernels/listing.hpp"
#include "cargo-ktstr/kernels/request.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"

#include <unistd.h>

#include <chrono>

namespace ktstr::commands {

namespace {

using Words = std::span<const std::string>;

Error hand_to_maker(const std::string& command, Words words) {
    std::vector<std::string> all{command};
    all.insert(all.end(), words.begin(), words.end());
    return become_maker(all);
}

constexpr cli::Example kernel_examples[] = {
    {"The newest 6.14:",                 "kernel build 6.14"},
    {"What there is to run tests with:", "kernel list"      },
};

constexpr cli::Option list_options[] = {
    {.heading = "What",
     .name = "range",
     .value = "A..B",
     .help =
         "What `kernel build A..B` would make: the newest release of each series that kernel.org "
         "has, and whether the store has it."},
    {.heading = "Output", .name = "json", .help = "Print JSON."},
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
    .about =
        "Prints the path of the image that SPEC means, from what is here: a path (image, built "
        "source tree, package), a version or its beginning, git+URL#REF, or a key of the store. "
        "Without SPEC: $KTSTR_KERNEL, else the newest kernel, one with sched_ext before one "
        "without.",
    .positionals = 1,
    .examples = path_examples,
};

// What is wrong with the words is said here, so that ktstr-kernel need not be there for it.
Result<int> build(Words words) {
    TRY(kernels::read_build_request(words));
    return fail(hand_to_maker("build", words));
}

Result<int> fetch_distro(Words words) {
    TRY(cli::parse(kernels::fetch_distro_spec, words));
    return fail(hand_to_maker("fetch-distro", words));
}

Result<int> list(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(list_spec, words));
    if (const auto range = arguments.value("range")) {
        return fail(hand_to_maker("range", std::vector{*range}));
    }
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
     .summary = "Make kernels from kernel.org, git, a source tree or Debian packages",
     .spec = &kernels::build_spec,
     .run = build       },
    {.name = "fetch-distro",
     .group = "Commands",
     .summary = "Fetch the distribution's cloud kernel; nothing is installed",
     .spec = &kernels::fetch_distro_spec,
     .run = fetch_distro},
    {.name = "list",
     .group = "Commands",
     .summary = "Show what the store holds",
     .spec = &list_spec,
     .run = list        },
    {.name = "clean",
     .group = "Commands",
     .summary = "Remove kernels that nobody uses from the store",
     .spec = &kernel_clean_spec,
     .run = kernel_clean},
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
