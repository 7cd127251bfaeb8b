#include "cargo-ktstr/stats/choose_run.hpp"

#include "cargo-ktstr/stats/run_files.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"

#include <algorithm>
#include <vector>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t listed = 5; // runs that an error names, the newest

bool is_meant(const fs::path& run, const std::string& id) {
    const auto name = run.filename().string();
    const auto digits = name.substr(name.rfind('-') + 1);
    const auto whole = read_run_file(run / "run-id");
    return name == id || digits.starts_with(id) || (whole && *whole && (*whole)->starts_with(id));
}

} // namespace

std::string newest_in_words(const std::vector<fs::path>& runs) {
    std::vector<std::string> names;
    const auto skipped = runs.size() - std::min(runs.size(), listed);
    for (auto run = runs.begin() + static_cast<std::ptrdiff_t>(skipped); run != runs.end(); ++run) {
        names.push_back(run->filename().string());
    }
    return join(names, ", ");
}

Result<std::vector<fs::path>> runs_called(const fs::path& target, const std::string& id) {
    TRY_ASSIGN(const auto runs, sidecar::all_runs(target));
    std::vector<fs::path> meant;
    std::ranges::copy_if(runs, std::back_inserter(meant), [&](const auto& run) {
        return !id.empty() && is_meant(run, id);
    });
    return meant;
}

Result<fs::path> choose_run(const fs::path& target, const std::string& id) {
    TRY_ASSIGN(const auto runs, sidecar::all_runs(target));
    if (runs.empty()) {
        TRY_ASSIGN(auto latest,
                   sidecar::latest_run(target)); // says that there is none, and what to do
        return latest;
    }
    TRY_ASSIGN(const auto meant, runs_called(target, id));
    if (meant.empty()) {
        return fail(Error(ErrorKind::usage,
                          "there is no run `" + id + "` in " + (target / "ktstr").string())
                        .hint("the newest are " + newest_in_words(runs)));
    }
    if (meant.size() > 1) {
        return fail(Error(ErrorKind::usage, "more than one run is called `" + id + "`")
                        .hint("name one in full: " + newest_in_words(meant)));
    }
    return meant.front();
}

} // namespace ktstr::stats
