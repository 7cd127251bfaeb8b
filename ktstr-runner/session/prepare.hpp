// From what is to run (a test, or any program) to a session's request: settings, kernel, machine,
// payload, job.
#pragma once

#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/session/session.hpp"
#include "ktstr-runner/store/store.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::session {

// Where files that a test or its scheduler asks for are in the guest, by their names alone.
inline const std::filesystem::path include_directory = "/include-files";

struct GuestFile {
    std::filesystem::path host;
    std::filesystem::path guest;
};

struct GuestText {
    std::filesystem::path guest;
    std::string text;
};

// How long a scheduler may take to attach. A large one takes 10 s on four emulated vCPUs, more the
// more there are.
std::chrono::milliseconds attach_limit(const Topology& topology);

// A scheduler that attaches before the program starts.
struct SchedulerUnderTest {
    wire::Scheduler scheduler;
    std::filesystem::path program; // its loader, which brings its libraries; empty: it has none
    bool in_setup = true; // attached once, and saved with the machine; else for this program alone
};

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
    std::optional<SchedulerUnderTest> scheduler;
    std::vector<GuestFile> guest_files; // elsewhere than here; the scheduler may need them
    std::vector<GuestText> guest_texts;
    std::vector<std::string> kernel_arguments;
    std::map<std::string, std::string> sysctls;
    bool engine = false; // it talks to the engine, also where there is no scheduler
    Expectations expectations;
    std::string name;              // for others who wait for its CPUs
    bool performance_mode = false; // its vCPUs have host CPUs of their own
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
