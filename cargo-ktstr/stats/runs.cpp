#include "cargo-ktstr/stats/runs.hpp"

#include <set>
#include <utility>

namespace ktstr::stats {

Result<Runs> read_runs(std::span<const std::filesystem::path> directories) {
    Runs runs;
    std::set<std::string> seen;
    for (const auto& directory : directories) {
        TRY_ASSIGN(auto run, sidecar::read_run(directory));
        if (run.records.empty() && run.damaged.empty()) { // a part would be missing in silence
            return fail(
                Error(ErrorKind::environment, "there are no results in " + directory.string())
                    .hint("the run had no test, or it ended before the first one did"));
        }
        runs.directories.push_back(directory);
        for (auto& record : run.records) {
            if (directories.size() > 1 && !seen.insert(sidecar::to_json(record)).second) {
                ++runs.identical;
            } else {
                runs.records.push_back(std::move(record));
            }
        }
        runs.damaged.insert(runs.damaged.end(), run.damaged.begin(), run.damaged.end());
    }
    return runs;
}

} // namespace ktstr::stats
