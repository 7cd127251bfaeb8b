// What the tests of a ktstr-aware binary declare, as `BIN --ktstr-describe` says it
// (docs/design/scheduler-tests.md, "Describe").
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/topology/topology.hpp"
#include "ktstr-runner/variants/constraints.hpp"
#include "ktstr-runner/variants/profiles.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::variants {

// Where a scheduler comes from.
enum class SchedulerSource {
    eevdf,    // the kernel's own: nothing is attached
    discover, // a program of that name, looked for or built
    path,     // a program at that path
    builtin,  // a part of the kernel that commands switch on and off
};

struct Scheduler {
    std::string id;
    std::string name;
    SchedulerSource source = SchedulerSource::eevdf;
    std::string binary;              // name or path, as `source` says
    std::vector<std::string> enable; // lines of the shell, of a builtin one
    std::vector<std::string> disable;
    std::vector<std::string> arguments;
    std::vector<std::string> kernel_arguments;
    std::map<std::string, std::string> sysctls;
    std::vector<std::string>
        kernels;             // specs: its tests run on one of them, or not at all; none: on any
    std::vector<Flag> flags; // that the gauntlet combines
    std::optional<std::string> cgroup_parent; // to make before it starts, below /sys/fs/cgroup
    std::optional<std::string> config_file;   // of the host, relative to manifest_dir

    struct ConfigPlace {
        std::string argument; // words for the loader; {file} is the path
        std::string path;     // in the guest
    };

    std::optional<ConfigPlace> config_place; // of a test's `config`
    std::string manifest_dir;
};

struct Test {
    std::string name;
    std::optional<std::string> scheduler; // by id; absent: EEVDF
    Topology topology;
    std::uint64_t memory_mib = 0;
    std::chrono::milliseconds watchdog_timeout{0}; // 0: the scheduler's own
    std::chrono::milliseconds cleanup_budget{0};
    bool fresh_attach = false;
    bool host_only = false;
    bool allow_inconclusive = false;
    std::optional<std::string> error_contains; // of scx_bpf_error; absent: none is expected
    std::optional<std::string> error_matches;
    bool post_vm = false;
    bool post_vm_unconditional = false;
    std::vector<std::string> extra_arguments;   // of the scheduler
    std::vector<std::string> extra_files;       // of the host
    std::vector<std::string> staged_schedulers; // ids, for the replace op
    std::optional<std::string> config;          // text for the scheduler's config_place
    std::string manifest_dir;                   // where relative extra_files start
    Constraints constraints;
    FlagWishes flags;                      // of its scheduler's
    bool ignore = false;                   // run on demand alone
    bool expect_err = false;               // its body is to fail
    bool deterministic = false;            // its machine's time is what it executes
    bool performance_mode = false;         // its vCPUs need host CPUs of their own
    std::chrono::milliseconds duration{0}; // what its holds are parts of
};

struct Declarations {
    std::string version; // of the crate
    std::vector<Test> tests;
    std::vector<Scheduler> schedulers;

    const Test* test_named(std::string_view name) const;
    const Scheduler* scheduler_with(std::string_view id) const;
};

// Strict: what the crate of another version says is refused by both versions' numbers, and so is a
// key that is not known. A scheduler that a test names must be there.
Result<Declarations> parse_declarations(std::string_view json);

// Crate, agent and runner are one version.
Error version_mismatch(std::string_view crate);

} // namespace ktstr::variants
