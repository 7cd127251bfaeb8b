#include "cargo-ktstr/planner/changed_files.hpp"

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/git/git.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <vector>

namespace ktstr::planner {

namespace {

namespace fs = std::filesystem;

// Where the work tree left it.
Result<std::string> begin_of(const fs::path& top, const std::optional<std::string>& base) {
    if (base) {
        return git::line(top, {"merge-base", "HEAD", *base});
    }
    for (const auto* other : {"refs/remotes/origin/HEAD", "@{upstream}"}) {
        if (auto begin = git::line(top, {"merge-base", "HEAD", other})) {
            return begin;
        }
    }
    return git::line(top, {"rev-parse", "HEAD"});
}

} // namespace

Result<ChangedFiles> changed_files(const fs::path& workspace,
                                   const std::optional<std::string>& base) {
    TRY_ASSIGN(const auto top, git::line(workspace, {"rev-parse", "--show-toplevel"}));
    TRY_ASSIGN(const auto begin, begin_of(top, base));
    TRY_ASSIGN(const auto differing,
               git::run(top, {"diff", "--name-only", "--no-renames", "-z", begin, "--"}));
    TRY_ASSIGN(const auto added,
               git::run(top, {"ls-files", "--others", "--exclude-standard", "-z"}));
    ChangedFiles changed{.since = std::string(git::short_id(begin)), .files = {}};
    for (const auto& name : split(differing + added, '\0')) {
        if (!name.empty()) {
            std::error_code error;
            changed.files.insert(fs::weakly_canonical(fs::path(top) / name, error));
        }
    }
    return changed;
}

} // namespace ktstr::planner
