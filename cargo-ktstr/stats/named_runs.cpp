#include "cargo-ktstr/stats/named_runs.hpp"

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/stats/choose_run.hpp"
#include "cargo-ktstr/stats/run_files.hpp"
#include "cargo-ktstr/stats/run_plan.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_commits = 5; // that an error lists, the newest

bool is_path(const std::string& word) {
    return word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
}

std::string counted_runs(std::size_t count) {
    return fmt::format("{} run{}", count, count == 1 ? "" : "s");
}

// "3f9a81c0d2e1 (2 runs), 81c0aa00bb11 (1 run)", the newest first.
std::string commits_in_words(const std::vector<fs::path>& runs) {
    std::vector<std::pair<std::string, std::size_t>> commits;
    for (const auto& run : runs) {
        const auto source = source_of(run);
        if (source.commit.empty() || source.dirty) {
            continue;
        }
        const auto known =
            std::ranges::find(commits, source.commit, [](const auto& one) { return one.first; });
        auto entry = std::pair(source.commit, std::size_t{1});
        if (known != commits.end()) {
            entry.second += known->second;
            commits.erase(known);
        }
        commits.push_back(std::move(entry));
    }
    std::vector<std::string> words;
    for (auto one = commits.rbegin(); one != commits.rend() && words.size() < most_commits; ++one) {
        words.push_back(fmt::format(
            "{} ({})", printable(git::short_id(one->first)), counted_runs(one->second)));
    }
    return words.empty() ? "no commit has runs" : "commits that have runs: " + join(words, ", ");
}

// The runs of a commit, and those that are left out.
struct OfCommit {
    std::vector<fs::path> taken;
    std::vector<fs::path> dirty;
    std::vector<fs::path> empty; // without results

    std::string left_out() const {
        std::vector<std::string> words;
        for (const auto& [runs, why] : {std::pair(&dirty, "with changes that are not committed"),
                                        std::pair(&empty, "without results")}) {
            if (!runs->empty()) {
                words.push_back(fmt::format(
                    "{} {} ({})", counted_runs(runs->size()), why, newest_in_words(*runs)));
            }
        }
        return join(words, ", ");
    }
};

// How many of the tests that its plan wanted have a result; absent where that is not known, as of a
// budget's run, or all have.
std::optional<std::string> unfinished(const fs::path& run) {
    std::error_code error;
    const auto text = fs::exists(run / "selection", error)
                          ? Result<std::optional<std::string>>(std::nullopt)
                          : read_run_file(run / "plan.json");
    if (!text || !*text) {
        return std::nullopt;
    }
    JsonParser parser;
    const auto plan = parser.parse(**text);
    const auto files = sidecar::record_files(run);
    if (!plan || !files) {
        return std::nullopt;
    }
    std::uint64_t wanted = 0;
    const auto counts = member(*plan, "counts");
    const auto matching = counts ? member(*counts, "matching") : std::nullopt;
    if (!matching || matching->get(wanted) != simdjson::SUCCESS || files->size() >= wanted) {
        return std::nullopt;
    }
    return fmt::format("{} has results of {} of its {} tests: it was ended, or goes on",
                       printable(run.filename().native()),
                       files->size(),
                       wanted);
}

OfCommit sort_out(const std::vector<fs::path>& runs, const std::string& commit) {
    OfCommit out;
    for (const auto& run : runs) {
        const auto source = source_of(run);
        if (source.commit != commit) {
            continue;
        }
        const auto files = sidecar::record_files(run);
        auto& where = source.dirty              ? out.dirty
                      : files && files->empty() ? out.empty
                                                : out.taken; // what cannot be read is said there
        where.push_back(run);
    }
    return out;
}

Result<> take_commit(const std::string& word,
                     const std::string& commit,
                     const fs::path& target,
                     NamedRuns& out) {
    TRY_ASSIGN(const auto all, sidecar::all_runs(target));
    const auto of = sort_out(all, commit);
    const auto left_out = of.left_out();
    const auto meant = fmt::format("{} is commit {}", printable(word), git::short_id(commit));
    if (!of.taken.empty()) {
        out.notes.push_back(fmt::format("{}: {}{}",
                                        meant,
                                        counted_runs(of.taken.size()),
                                        left_out.empty() ? "" : "; left out: " + left_out));
        for (const auto& run : of.taken) {
            if (auto note = unfinished(run)) {
                out.notes.push_back(std::move(*note));
            }
        }
        std::ranges::copy(of.taken, std::back_inserter(out.runs));
        return {};
    }
    if (!left_out.empty()) {
        return fail(
            Error(ErrorKind::usage, fmt::format("{}, of which there is only: {}", meant, left_out))
                .hint("what is not committed is not that commit; name the run itself to "
                      "compare it"));
    }
    return fail(Error(ErrorKind::usage,
                      fmt::format("{}, and no run in {} is of it",
                                  meant,
                                  printable((target / "ktstr").native())))
                    .hint(commits_in_words(all)));
}

// What a word may mean.
struct Meanings {
    std::optional<fs::path> directory;
    std::vector<fs::path> runs;
    Result<std::string> commit;
};

Error ambiguous(const std::string& word, const Meanings& meanings) {
    std::vector<std::string> is;
    std::vector<std::string> say;
    const auto add = [&](std::string what, std::string how) {
        is.push_back(std::move(what));
        say.push_back(std::move(how));
    };
    if (meanings.directory) {
        add("a directory", "./" + word);
    }
    for (const auto& run : meanings.runs) {
        add("run " + run.filename().string(), run.string());
    }
    if (meanings.commit) {
        add(fmt::format("commit {}", git::short_id(*meanings.commit)), word + "^0");
    }
    return Error(ErrorKind::usage,
                 fmt::format("`{}` is {}", printable(word), printable(join(is, ", and "))))
        .hint("say which: " + printable(join(say, ", or ")));
}

Error unknown(const std::string& word, const fs::path& target, const Error& of_git) {
    const auto runs = sidecar::all_runs(target);
    const auto all = runs ? *runs : std::vector<fs::path>();
    return Error(ErrorKind::usage,
                 fmt::format("`{}` is no directory, no run in {}, and no revision of git ({})",
                             printable(word),
                             printable((target / "ktstr").native()),
                             printable(of_git.one_line())))
        .hint(all.empty() ? "there are no runs yet"
                          : fmt::format("the newest runs are {}; {}",
                                        newest_in_words(all),
                                        commits_in_words(all)));
}

Result<> take(const std::string& word, const Places& places, NamedRuns& out) {
    std::error_code error;
    const bool directory = !word.empty() && fs::is_directory(word, error);
    if (is_path(word)) {
        if (!directory) {
            return fail(ErrorKind::usage, "there is no directory " + printable(word));
        }
        out.runs.emplace_back(word);
        return {};
    }
    const auto target = places.target();
    if (!target && !directory) {
        return fail(target.error());
    }
    Meanings meanings{.directory = directory ? std::optional<fs::path>(word) : std::nullopt,
                      .runs = {},
                      .commit = git::commit_named(places.work_tree, word)};
    if (target) {
        TRY_ASSIGN(meanings.runs, runs_called(*target, word));
    }
    std::erase_if(meanings.runs, [&](const fs::path& run) { // said in two ways
        return directory && fs::equivalent(run, word, error);
    });
    const auto count = (directory ? 1U : 0U) + meanings.runs.size() + (meanings.commit ? 1U : 0U);
    if (count == 0) {
        return fail(unknown(word, *target, meanings.commit.error()));
    }
    if (count > 1) {
        return fail(ambiguous(word, meanings));
    }
    if (meanings.commit && target) {
        return take_commit(word, *meanings.commit, *target, out);
    }
    if (meanings.commit) {
        return fail(target.error());
    }
    out.runs.push_back(directory ? fs::path(word) : meanings.runs.front());
    return {};
}

} // namespace

Result<NamedRuns> named_runs(const std::string& words, const Places& places) {
    NamedRuns out;
    for (const auto& word : split(words, ',')) {
        TRY(take(word, places, out));
    }
    return out;
}

} // namespace ktstr::stats
