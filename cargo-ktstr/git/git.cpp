#include "cargo-ktstr/git/git.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::git {

Result<std::string> run(const std::filesystem::path& directory,
                        std::vector<std::string> arguments) {
    const auto what = "git " + join(arguments, " ");
    std::vector<std::string> argv{"git", "--no-optional-locks", "-C", directory.string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    TRY_ASSIGN(const auto answer, run_captured({.argv = std::move(argv)}), what);
    if (!answer.status.success()) {
        return fail(ErrorKind::environment, fmt::format("{}: {}", what, to_utf8(trim(answer.err))));
    }
    return answer.out;
}

Result<std::string> line(const std::filesystem::path& directory,
                         std::vector<std::string> arguments) {
    TRY_ASSIGN(const auto text, run(directory, std::move(arguments)));
    return std::string(trim(text));
}

} // namespace ktstr::git
