#include "cargo-ktstr/commands/stats_show.hpp"

#include "cargo-ktstr/commands/stats_runs.hpp"
#include "cargo-ktstr/stats/record_text.hpp"
#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <unistd.h>

#include <utility>
#include <vector>

namespace ktstr::commands {

namespace {

constexpr cli::Example show_examples[] = {
    {"A test of the latest run:",        "stats show scheduler::idles"                   },
    {"All variants of one, of any run:", "stats show gauntlet/idles/ --run 20261130T1402"},
};

constexpr cli::Example explain_examples[] = {
    {"Why a file has no measurements:",         "stats explain target/ktstr/latest/it-t-1-0a1b2c3d.json"},
    {"What the file of another machine tells:", "stats explain shard-2/it-t-1-0a1b2c3d.json"            },
};

struct SidecarFile {
    std::string text;
    sidecar::Record record;
};

Result<SidecarFile> read_sidecar(const std::string& file) {
    TRY_ASSIGN(auto text, sidecar::read_record_file(file));
    TRY_ASSIGN(auto record, sidecar::from_json(text, file));
    return SidecarFile{.text = std::move(text), .record = std::move(record)};
}

} // namespace

const cli::Spec stats_show_spec{
    .name = "stats show",
    .usage = "TEST [OPTIONS]",
    .about = "Prints all that the sidecars say of a test's attempts. TEST is the test's name, or a "
             "part of it.",
    .options = run_options(),
    .positionals = 1,
    .examples = show_examples,
};

const cli::Spec stats_explain_spec{
    .name = "stats explain",
    .usage = "FILE",
    .about = "Says of each field of a sidecar that is absent or empty why it is.",
    .positionals = 1,
    .examples = explain_examples,
};

Result<int> stats_show(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(stats_show_spec, words));
    if (arguments.positionals().empty()) {
        return fail(Error(ErrorKind::usage, "which test?").hint("`ktstr stats list` names them"));
    }
    const auto& wanted = arguments.positionals().front();
    TRY_ASSIGN(const auto directories, chosen_runs(arguments));
    TRY_ASSIGN(const auto runs, stats::read_runs(directories));
    say_what_is_missing(runs);
    std::vector<std::string> names;
    std::string text;
    auto all = stats::in_order(runs.attempts, runs.words);
    const auto not_begun = stats::in_order(runs.not_begun, runs.words);
    all.insert(all.end(), not_begun.begin(), not_begun.end());
    for (const auto* const attempt : all) {
        const auto& name = runs.words[attempt->name];
        names.push_back(name);
        if (name.find(wanted) == std::string::npos) {
            continue;
        }
        const auto& file = runs.words[attempt->file];
        TRY_ASSIGN(const auto read, read_sidecar(file));
        text += (text.empty() ? "" : "\n") + stats::describe(read.record, read.text) +
                "  file: " + printable(file) + "\n";
    }
    if (text.empty()) {
        const std::vector<std::string_view> known(names.begin(), names.end());
        const auto near = nearest(wanted, known);
        return fail(
            Error(ErrorKind::usage, "no test of the run has `" + wanted + "` in its name")
                .hint(near ? "did you mean `" + *near + "`?" : "`ktstr stats list` names them"));
    }
    TRY(write_all(STDOUT_FILENO, text));
    return exit_code_of(runs);
}

Result<int> stats_explain(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(stats_explain_spec, words));
    if (arguments.positionals().empty()) {
        return fail(Error(ErrorKind::usage, "which file?").hint("they lie in target/ktstr/latest"));
    }
    const auto& file = arguments.positionals().front();
    TRY_ASSIGN(const auto read, read_sidecar(file));
    TRY(write_all(STDOUT_FILENO, stats::explain(read.record, read.text)));
    return 0;
}

} // namespace ktstr::commands
