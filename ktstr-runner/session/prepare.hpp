// From what is to run (a test, or any program) to a session's request: settings, kernel, machine,
// payload, job.
#pragma once

#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/session/session.hpp"
#include "ktstr-runner/store/store.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::session {

struct Program {
    std::vector<std::string> argv; // argv[0]: path of an executable here, or `from_userland`
    bool from_userland = false;    // argv[0] is a program of the guest's own userland (a shell)
    std::filesystem::path cwd;
    std::vector<std::string> environment;       // as the guest gets it
    std::string library_path;                   // LD_LIBRARY_PATH that its libraries are found with
    std::filesystem::path package;              // whose files come along; empty: none
    std::vector<std::filesystem::path> helpers; // further programs, at their own paths
    std::vector<std::filesystem::path> files;   // other files and directories, at their own paths
    bool debug_information = true; // programs bring their symbols: backtraces read them
    config::TestSettings settings;
};

struct Prepared {
    Request request;
    store::Entry kernel;
    std::optional<FileLock> kernel_use; // keeps it in the store until the machine has ended
    std::vector<std::string> notes;
};

// Everything before the machine exists.
Result<Prepared> prepare(const Program& program);

} // namespace ktstr::session
