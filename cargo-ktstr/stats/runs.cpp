#include "cargo-ktstr/stats/runs.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"

#include <set>
#include <utility>

namespace ktstr::stats {

namespace {

// By its plan: other parts have all the tests.
bool has_no_test(const std::filesystem::path& directory) {
    constexpr std::size_t largest_plan = std::size_t{256} << 20;
    const auto text = read_file(directory / "plan.json", largest_plan);
    const auto plan = text ? parse_json(*text) : Result<Json>(Json());
    return plan && plan->is_object() &&
           plan->value("counts", Json::object()).value("matching", Json()) == 0;
}

} // namespace

Result<Runs> read_runs(std::span<const std::filesystem::path> directories) {
    Runs runs;
    std::set<std::string> seen;
    for (const auto& directory : directories) {
        TRY_ASSIGN(auto run, sidecar::read_run(directory));
        if (run.records.empty() && run.damaged.empty()) { // a part would be missing in silence
            if (directories.size() > 1 && has_no_test(directory)) {
                runs.without_tests.push_back(directory);
                continue;
            }
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
