#include "cargo-ktstr/git/commit.hpp"

#include "cargo-ktstr/git/git.hpp"
#include "ktstr-runner/base/text.hpp"

namespace ktstr::git {

Result<Commit> checked_out(const std::filesystem::path& directory) {
    // "# branch.oid ID", other lines that begin with "#", and a line for each file that differs.
    TRY_ASSIGN(const auto text,
               run(directory,
                   {"status",
                    "--porcelain=v2",
                    "--branch",
                    "--untracked-files=no",
                    "--ignore-submodules=untracked"}));
    constexpr std::string_view head = "# branch.oid ";
    Commit commit;
    for (const auto& line : split(text, '\n')) {
        if (line.starts_with(head)) {
            commit.id = line.substr(head.size());
        }
        commit.dirty |= !line.empty() && !line.starts_with('#');
    }
    if (commit.id.empty() || commit.id == "(initial)") {
        return fail(ErrorKind::environment, "the work tree has no commit yet");
    }
    return commit;
}

Result<std::string> commit_named(const std::filesystem::path& directory, const std::string& name) {
    return line(directory, {"rev-parse", "--verify", "--end-of-options", name + "^{commit}"});
}

std::string_view short_id(std::string_view id) {
    constexpr std::size_t digits = 12;
    return id.substr(0, digits);
}

} // namespace ktstr::git
