#include "cargo-ktstr/commands/stats_report.hpp"

#include "cargo-ktstr/commands/stats_runs.hpp"
#include "cargo-ktstr/stats/html_report.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace ktstr::commands {

namespace {

constexpr cli::Option own_options[] = {
    {.heading = "Output",
     .name = "html",
     .value = "FILE",
     .help = "Where the page is written: one file that needs nothing else."},
    {.heading = "What to compare",
     .name = "against",
     .value = "A",
     .help = "Runs to hold these against, as `stats compare` names them."  },
};

constexpr cli::Example examples[] = {
    {"The latest run:",                 "stats report --html run.html"               },
    {"The same, held against another:", "stats report --html run.html --against 3f9a"},
};

std::span<const cli::Option> options() {
    static const auto all = [] {
        std::vector<cli::Option> out(run_options().begin(), run_options().end());
        out.insert(out.end(), std::begin(own_options), std::end(own_options));
        return out;
    }();
    return all;
}

} // namespace

const cli::Spec stats_report_spec{
    .name = "stats report",
    .usage = "--html FILE [OPTIONS]",
    .about = "Writes a run as a page of HTML: verdicts, the run over time, its phases, tests and "
             "topologies; and metrics against other runs'.",
    .options = options(),
    .examples = examples,
};

Result<int> stats_report(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(stats_report_spec, words));
    const auto file = arguments.value("html");
    if (!file || file->empty()) {
        return fail(Error(ErrorKind::usage, "--html FILE is missing")
                        .hint("ktstr stats report --html run.html"));
    }
    TRY_ASSIGN(const auto directories, chosen_runs(arguments));
    TRY_ASSIGN(const auto side, read_side(directories));
    std::optional<Side> before;
    std::optional<stats::Comparison> comparison;
    if (const auto against = arguments.value("against")) {
        TRY_ASSIGN(const auto others, runs_named(*against));
        TRY_ASSIGN(before, read_side(others));
        comparison = stats::compare(before->runs,
                                    side.runs,
                                    {.left_out_a = before->left_out,
                                     .left_out_b = side.left_out,
                                     .kernel_a = {},
                                     .kernel_b = {}});
        say_differences(*comparison, false);
    }
    TRY(write_file_atomically(*file,
                              stats::html_report(side.runs,
                                                 before ? &before->runs : nullptr,
                                                 comparison ? &*comparison : nullptr)));
    say("the page is {}", *file);
    const auto of_before = before ? exit_code_of(before->runs) : 0;
    return std::max(exit_code_of(side.runs), of_before);
}

} // namespace ktstr::commands
