// The system's git, run so that neither a repository nor a configuration can have it run programs
// or ask a person: no configuration of the user or the system, no hooks, no other transports than
// the usual ones, no prompts.
#pragma once

#include "ktstr-runner/base/progress.hpp"
#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::fetch {

class GitProgram final {
public:
    // An error that names the package when there is no git.
    static Result<GitProgram> find();

    // What it wrote to stdout. An error, with git's own words, when it fails or takes minutes.
    Result<std::string> run(std::vector<std::string> arguments) const;

    // The same for transfers, which may take long: its progress is shown, and it ends when it is
    // silent for minutes. What it says first tells what it does.
    Result<> run_long(std::vector<std::string> arguments, Progress& progress) const;
};

} // namespace ktstr::fetch
