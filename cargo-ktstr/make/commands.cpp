#include "cargo-ktstr/make/commands.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/kernels/distro.hpp"
#include "cargo-ktstr/kernels/listing.hpp"
#include "cargo-ktstr/kernels/request.hpp"
#include "cargo-ktstr/make/make_kernel.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <utility>

namespace ktstr::make {

namespace {

using Words = std::span<const std::string>;

const cli::Spec series_spec{
    .name = "kernel series",
    .usage = "A..B",
    .about = "Prints the series of a range that kernel.org has.",
    .positionals = 1,
};

const cli::Spec range_spec{
    .name = "kernel range",
    .usage = "A..B",
    .about = "Shows the newest release of each series of a range, and whether the store has it.",
    .positionals = 1,
};

struct Preview {
    std::string text; // as typed
    fetch::Range range;
};

Result<Preview> preview(const cli::Arguments& arguments) {
    const auto& words = arguments.positionals();
    TRY_ASSIGN(const auto spec, store::parse_kernel_spec(words.empty() ? "" : words.front()));
    const auto* ends = std::get_if<store::RangeSpec>(&spec);
    if (ends == nullptr) {
        return fail(Error(ErrorKind::usage, "`" + words.front() + "` is no range")
                        .hint("write 6.12..6.14"));
    }
    TRY_ASSIGN(auto mirror, fetch::Mirror::from_environment());
    fetch::Catalog catalog(std::move(mirror), fetch::Verify::yes);
    TRY_ASSIGN(auto found, series_range(catalog, *ends));
    return Preview{.text = words.front(), .range = std::move(found)};
}

void say_missing(const Preview& previewed) {
    if (!previewed.range.missing.empty()) {
        say("{}: there is no {}", previewed.text, series_text(previewed.range.missing));
    }
}

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

Result<int> build(Words words) {
    TRY_ASSIGN(auto request, kernels::read_build_request(words));
    Progress progress;
    TRY_ASSIGN(auto maker, KernelMaker::create(std::move(request), progress));
    auto begun = Clock::now();
    TRY(maker.make_all([&](const kernels::Made& made) {
        return report(made, Clock::now() - std::exchange(begun, Clock::now()));
    }));
    return 0;
}

Result<int> fetch_distro(Words words) {
    TRY(cli::parse(kernels::fetch_distro_spec, words));
    const auto begun = Clock::now();
    Progress progress;
    TRY_ASSIGN(const auto made, kernels::fetch_distro_kernel({}, progress));
    TRY(report(made, Clock::now() - begun));
    return 0;
}

// Which series of a range there are, oldest first; for `test --kernel A..B`.
Result<int> series(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(series_spec, words));
    TRY_ASSIGN(const auto previewed, preview(arguments));
    for (const auto& version : previewed.range.chosen) {
        TRY(write_all(STDOUT_FILENO, version.series.text() + "\n"));
    }
    say_missing(previewed);
    return 0;
}

// `kernel list --range`: what `kernel build A..B` would make.
Result<int> range(Words words) {
    TRY_ASSIGN(const auto arguments, cli::parse(range_spec, words));
    TRY_ASSIGN(const auto previewed, preview(arguments));
    std::string text;
    for (const auto& version : previewed.range.chosen) {
        const auto entry = store::resolve(version.text());
        text += fmt::format("{:<10} {:<12} {}\n",
                            version.series.text(),
                            version.text(),
                            entry ? entry->key : "not in the store");
    }
    TRY(write_all(STDOUT_FILENO, text));
    say_missing(previewed);
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
    {.name = "series",
     .group = "Commands",
     .summary = "Print the series of a range",
     .spec = &series_spec,
     .run = series      },
    {.name = "range",
     .group = "Commands",
     .summary = "Show what a range has",
     .spec = &range_spec,
     .run = range       },
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
