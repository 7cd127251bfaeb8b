#include "cargo-ktstr/commands/stats_compare.hpp"

#include "cargo-ktstr/commands/stats_runs.hpp"
#include "cargo-ktstr/stats/compare_report.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace ktstr::commands {

namespace {

constexpr cli::Option options[] = {
    {.heading = "What to compare",
     .name = "kernel-a",
     .value = "KEY",
     .help = "Of A the attempts on a kernel whose key begins so, such as 6.12."},
    {.heading = "What to compare", .name = "kernel-b", .value = "KEY", .help = "The same of B."},
    {.heading = "What to compare",
     .name = "across-hosts",
     .help = "Compare although processors or machines differ."},
    {.heading = "How",
     .name = "identical",
     .help = "A deterministic test that behaves differently is a regression, whichever way."},
    {.heading = "How",
     .name = "alpha",
     .value = "P",
     .help = "How often a comparison may find a metric changed where nothing did.",
     .fallback = "0.01"},
    {.heading = "Output", .name = "json", .help = "Print JSON."},
};

constexpr cli::Example examples[] = {
    {"The runs of two commits:",                "stats compare v1.2 HEAD"},
    {"Two kernels of runs that were repeated:",
     "stats compare a1,a2,a3 a1,a2,a3 --kernel-a 6.12 --kernel-b 7.3"    },
};

Result<double> alpha_of(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool within = value > 0 && value < 1; // which NaN is not
    if (error != std::errc{} || end != text.data() + text.size() || !within) {
        return fail(ErrorKind::usage, "--alpha is `" + text + "`, not a number between 0 and 1");
    }
    return value;
}

// One that is asked for and ran nothing would make everything vanish.
Result<Side> side_of(const std::string& words, const char* option, const std::string& kernel) {
    TRY_ASSIGN(const auto directories, runs_named(words));
    TRY_ASSIGN(auto side, read_side(directories));
    if (!kernel.empty() && !stats::has_kernel(side.runs, kernel)) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("{}: no test of {} ran on a kernel whose key begins with `{}`",
                              option,
                              printable(words),
                              printable(kernel)))
                .hint("`ktstr stats` has a table by kernel"));
    }
    return side;
}

bool of_same_runs(const stats::Runs& a, const stats::Runs& b) {
    return std::ranges::equal(
        a.read, b.read, {}, &stats::RunRead::directory, &stats::RunRead::directory);
}

} // namespace

const cli::Spec stats_compare_spec{
    .name = "stats compare",
    .usage = "A B [OPTIONS]",
    .about = "Compares runs B with runs A. A and B are each a run directory, the id of a run, a "
             "revision of git "
             "(a branch, a tag, a commit, HEAD~1), which means all runs of its commit, or several "
             "with "
             "commas between them.\n"
             "A test that fails, is skipped or is not there any more is a regression. So is a "
             "metric that is "
             "worse by more than chance (by ranks, corrected for the number of metrics) and by as "
             "much as "
             "matters (docs/reference/metrics.md).\n"
             "Deterministic attempts are compared exactly, one a side, with each other alone: the "
             "same digest is no difference, and else every measure that differs is told. One that "
             "is worse by as much as matters is a regression.\n"
             "The exit code is 0 without a regression, 1 with one, and 2 when there was not enough "
             "to compare, or a deterministic test behaved in two ways.",
    .options = options,
    .positionals = 2,
    .examples = examples,
};

Result<int> stats_compare(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(stats_compare_spec, words));
    if (arguments.positionals().size() != 2) {
        return fail(Error(ErrorKind::usage, "two sets of runs are compared, A and B")
                        .hint("ktstr stats compare A B; `target/ktstr/runs` has the runs"));
    }
    TRY_ASSIGN(const auto alpha, alpha_of(arguments.value("alpha").value_or("0.01")));
    const auto kernel_a = arguments.value("kernel-a").value_or("");
    const auto kernel_b = arguments.value("kernel-b").value_or("");
    TRY_ASSIGN(const auto a, side_of(arguments.positionals()[0], "--kernel-a", kernel_a));
    TRY_ASSIGN(const auto b, side_of(arguments.positionals()[1], "--kernel-b", kernel_b));
    const auto comparison = stats::compare(a.runs,
                                           b.runs,
                                           {.alpha = alpha,
                                            .left_out_a = a.left_out,
                                            .left_out_b = b.left_out,
                                            .kernel_a = kernel_a,
                                            .kernel_b = kernel_b,
                                            .across_hosts = arguments.has("across-hosts")});
    if (kernel_a == kernel_b && of_same_runs(a.runs, b.runs)) {
        say("A and B are the same runs");
    }
    say_differences(comparison, arguments.has("across-hosts"));
    TRY(write_all(STDOUT_FILENO,
                  arguments.has("json") ? stats::comparison_json(comparison)
                                        : stats::comparison_text(comparison)));
    const auto code = stats::exit_code_of(comparison, arguments.has("identical"));
    return code == 0 && (exit_code_of(a.runs) != 0 || exit_code_of(b.runs) != 0) ? 1 : code;
}

} // namespace ktstr::commands
