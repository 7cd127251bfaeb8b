// The system's git, run so that neither a repository nor a configuration can have it run programs
// or ask a person: no configuration of the user or the system, no hooks, no other transports than
// the usual ones, no prompts.
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/progress.hpp"
#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::fetch {

class GitProgram final {
public:
    // An error that names the package when there is no git.
    static Result<GitProgram> find();

    // What a transfer into `folder` may take: all of the disk but a little that others need, and
    // never more than several times the history of Linux.
    static Result<std::uint64_t> room_in(const std::filesystem::path& folder);

    // What it wrote to stdout. An error, with git's own words, when it fails or takes minutes.
    Result<std::string> run(std::vector<std::string> arguments) const;

    // The same for what takes long: its progress is shown, and it ends when it is silent for
    // minutes.
    Result<> run_long(std::vector<std::string> arguments, Progress& progress) const;

    // The same for a transfer, which may take so many bytes of the disk: a repository is as large
    // as its server likes. git keeps what it fetches in one file, the pack.
    Result<> run_transfer(std::vector<std::string> arguments,
                          std::uint64_t most_bytes,
                          Progress& progress) const;

private:
    static Result<> run_telling(Spawn spawn, Progress& progress);
};

} // namespace ktstr::fetch
