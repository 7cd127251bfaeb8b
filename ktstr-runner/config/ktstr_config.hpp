// .config/ktstr.toml: machine defaults and per-test overrides, in nextest's manner.
//
// clang-format off
//   [profile.default]
//   topology = "1n1l2c1t"      memory = "512M"      kernel = "6.14"      machine = "auto"
//   programs = ["ip", "/usr/bin/strace"]      setup = "ip link set lo up"
//   [profile.default.package-files]
//   include = [...]  exclude = [...]  cap = "64M"
//   [[profile.default.overrides]]
//   filter = 'test(numa)'   topology = "2n4l2c1t"   memory = "1G"   kernel = ...   machine = ...   host-only = true
//   setup = ...   include = [...]  exclude = [...]  programs = [...]  modules = [...]
// clang-format on
//
// Every key is in config_keys(), and docs/reference/ktstr-toml.md describes exactly these.
// Overrides: the first that matches and has a key wins that key; lists add up. An unknown key or a
// wrong type is an error with file:line:column and the nearest key.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/filterset.hpp"
#include "ktstr-runner/topology/topology.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::config {

// Below this a kernel with its initramfs does not come up.
inline constexpr std::uint64_t minimum_memory = 128ULL << 20;

// Where a deterministic machine stops to be looked at.
struct StopAt {
    std::uint64_t job_at_ns = 0; // of its clock: when the job began in the recorded run
    std::uint64_t since_ns = 0;  // guest time since then

    bool operator==(const StopAt&) const = default;
};

struct TestSettings {
    Topology topology;
    std::uint64_t memory = 512ULL << 20;
    std::string kernel;                // a kernel spec; empty: the newest usable entry of the store
    std::string machine;               // auto, qemu, ...; empty: auto
    bool deterministic = false;        // by the test or the file: no other machine will do
    std::optional<std::uint64_t> seed; // of a deterministic machine; absent: the test's name
    bool check = false; // a deterministic test runs twice, and fails where its runs differ
    bool trace = false; // what a deterministic machine traced is written beside the sidecar
    std::optional<StopAt> stop_at;
    bool gdb = false; // somebody looks at it there
    bool host_only = false;
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::uint64_t package_cap = 64ULL << 20;
    std::vector<std::string> programs;
    std::vector<std::string> modules; // of the kernel, loaded before the program starts
    std::string setup;                // command of the shell that runs before; empty: none
    bool debug_information = false;   // the test's binary keeps its own also without RUST_BACKTRACE
    bool templates = true;            // a saved machine is restored, and made where there is none
    bool forks = true;                // tests take forks of machines that their run keeps
    bool no_perf_mode = false;        // tests that want CPUs of their own are skipped
    int run_owner = 0; // the process that those live with; 0: the one that started this one
    std::uint64_t templates_max = 8ULL << 30; // bytes that all of them may take
};

// The settings of one test. A missing file means defaults. `profile` is NEXTEST_PROFILE; profiles
// that ktstr.toml does not have fall back to default (nextest owns the names).
Result<TestSettings>
settings_for(const std::filesystem::path& file, const std::string& profile, const TestNames& names);

// True when a binary as a whole is host-only: an override matches it whatever the test's name is.
Result<bool> binary_is_host_only(const std::filesystem::path& file,
                                 const std::string& profile,
                                 const TestNames& names);

} // namespace ktstr::config
