#include "cargo-ktstr/planner/changed_files.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ktstr::planner {

namespace {

namespace fs = std::filesystem;

// What it prints, as a rule a line.
Result<std::string> git(const fs::path& directory, std::vector<std::string> arguments) {
    const auto what = "git " + join(arguments, " ");
    std::vector<std::string> argv{"git", "-C", directory.string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    TRY_ASSIGN(const auto answer, run_captured({.argv = std::move(argv)}), what);
    if (!answer.status.success()) {
        return fail(ErrorKind::environment, fmt::format("{}: {}", what, to_utf8(trim(answer.err))));
    }
    return answer.out;
}

Result<std::string> line_of_git(const fs::path& directory, std::vector<std::string> arguments) {
    TRY_ASSIGN(const auto text, git(directory, std::move(arguments)));
    return std::string(trim(text));
}

// Where the work tree left it.
Result<std::string> begin_of(const fs::path& top, const std::optional<std::string>& base) {
    if (base) {
        return line_of_git(top, {"merge-base", "HEAD", *base});
    }
    for (const auto* other : {"refs/remotes/origin/HEAD", "@{upstream}"}) {
        if (auto begin = line_of_git(top, {"merge-base", "HEAD", other})) {
            return begin;
        }
    }
    return line_of_git(top, {"rev-parse", "HEAD"});
}

} // namespace

Result<ChangedFiles> changed_files(const fs::path& workspace,
                                   const std::optional<std::string>& base) {
    TRY_ASSIGN(const auto top, line_of_git(workspace, {"rev-parse", "--show-toplevel"}));
    TRY_ASSIGN(const auto begin, begin_of(top, base));
    TRY_ASSIGN(const auto differing,
               git(top, {"diff", "--name-only", "--no-renames", "-z", begin, "--"}));
    TRY_ASSIGN(const auto added, git(top, {"ls-files", "--others", "--exclude-standard", "-z"}));
    ChangedFiles changed{.since = begin.substr(0, std::min<std::size_t>(begin.size(), 12)),
                         .files = {}};
    for (const auto& name : split(differing + added, '\0')) {
        if (!name.empty()) {
            std::error_code error;
            changed.files.insert(fs::weakly_canonical(fs::path(top) / name, error));
        }
    }
    return changed;
}

} // namespace ktstr::planner
