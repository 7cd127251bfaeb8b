#include "cargo-ktstr/commands/kernel_clean.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/kernels/clean.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/local_locks.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <unistd.h>

namespace ktstr::commands {

namespace {

constexpr cli::Option clean_options[] = {
    {.heading = "Which",
     .name = "keep",
     .value = "N",
     .help = "All but the N kernels that were used last."},
    {.heading = "Which",
     .name = "older-than",
     .value = "DURATION",
     .help = "Those that were not used for so long, such as 30d or 12h; and sources of kernels and "
             "build directories that were not."},
    {.heading = "Which",
     .name = "corrupt",
     .help = "Damaged ones. What a newer ktstr wrote is none of them."},
    {.heading = "How",
     .name = "dry-run",
     .help = "Print what would be removed, and remove nothing."},
};

constexpr cli::Example clean_examples[] = {
    {"What nobody has used for a month:",         "kernel clean --older-than 30d"  },
    {"What it would take to keep three kernels:", "kernel clean --keep 3 --dry-run"},
};

Result<kernels::CleanRequest> read_request(const cli::Arguments& arguments) {
    kernels::CleanRequest request{.keys = arguments.positionals(),
                                  .corrupt = arguments.has("corrupt")};
    if (const auto keep = arguments.value("keep")) {
        request.keep = parse_u64(*keep);
        if (!request.keep) {
            return fail(ErrorKind::usage, "--keep `" + to_utf8(*keep) + "` is not a number");
        }
    }
    if (const auto age = arguments.value("older-than")) {
        const auto parsed = parse_duration(*age);
        if (!parsed) {
            return fail(ErrorKind::usage,
                        "--older-than `" + to_utf8(*age) + "` is not a time such as 30d or 12h");
        }
        request.older_than = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
    }
    const int given = (request.keys.empty() ? 0 : 1) + (request.keep ? 1 : 0) +
                      (request.older_than ? 1 : 0) + (request.corrupt ? 1 : 0);
    if (given != 1) {
        return fail(Error(ErrorKind::usage,
                          "`kernel clean` takes one of KEY..., --keep N, --older-than DURATION and "
                          "--corrupt")
                        .hint("see `cargo ktstr kernel clean --help`"));
    }
    return request;
}

} // namespace

const cli::Spec kernel_clean_spec{
    .name = "kernel clean",
    .usage = "KEY... | --keep N | --older-than DURATION | --corrupt",
    .about = "Removes kernels from the store, and what killed makers of kernels left there, but "
             "nothing that is in use at this moment: that is named, and makes the exit code 1. "
             "What was removed is printed.",
    .options = clean_options,
    .positionals = cli::any_number,
    .examples = clean_examples,
};

Result<int> kernel_clean(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(kernel_clean_spec, words));
    TRY_ASSIGN(const auto request, read_request(arguments));
    TRY_ASSIGN(const auto listing, store::list());
    TRY_ASSIGN(const auto root, store::root());
    TRY(refuse_local_locks(root), "who uses a kernel cannot be known");
    const auto now = std::chrono::system_clock::now();
    TRY_ASSIGN(auto doomed, kernels::doomed_entries(listing, root, request, now));
    for (auto& thing : kernels::doomed_leftovers(root, request, now)) {
        doomed.push_back(std::move(thing));
    }
    const bool dry = arguments.has("dry-run");
    const auto cleaned =
        kernels::clean(root, doomed, dry ? kernels::DryRun::yes : kernels::DryRun::no);
    std::string out;
    for (const auto& name : cleaned.removed) {
        out += to_utf8(name) + "\n";
    }
    TRY(write_all(STDOUT_FILENO, out));
    for (const auto& name : cleaned.in_use) {
        say("{} is in use and stays", to_utf8(name));
    }
    for (const auto& name : cleaned.failed) {
        say("{} could not be removed", to_utf8(name));
    }
    say("{} {}", human_bytes(cleaned.bytes), dry ? "would be freed" : "freed");
    const bool all = cleaned.in_use.empty() && cleaned.failed.empty();
    return static_cast<int>(all ? ExitCode::ok : ExitCode::failed);
}

} // namespace ktstr::commands
