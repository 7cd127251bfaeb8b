// The sidecar: one JSON file per attempt in the run directory, the contract between a test run and
// all that reads it. Schema 3; an unknown schema number is an error that names both. History: 1
// first version; 2 the reasons of scheduler tests; 3 the reason `diverged`.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/base/vcpu_counters.hpp"
#include "ktstr-runner/sidecar/frames.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::sidecar {

inline constexpr int schema = 3;
inline constexpr int oldest_schema = 1; // that can be read too

enum class Verdict { pass, fail, skip, inconclusive };

// Machine-readable reasons, stable names (kebab case in JSON). Docs: docs/reference/verdicts.md.
enum class Reason {
    none,            // pass
    not_begun,       // the time of the run's budget was over (skip)
    exit_code,       // the program ended with a non-zero code
    signal,          // it was killed by a signal
    time_limit,      // it ran when its time was up
    leaked,          // it left processes that held its output, and the profile says that fails
    guest_shut_down, // the guest was shut down or rebooted under the test
    guest_panic,     // its kernel panicked during the test
    interrupted,     // SIGINT, SIGTERM, ... reached the runner
    test_failed,     // a ktstr test's own word
    scheduler_not_attached, // the scheduler under test: it never attached
    scheduler_rejected,     // the verifier refused a program of it
    kernel_feature,         // the kernel lacks what it needs
    scheduler_left,         // it left by itself
    scheduler_error,        // it ended with an error that the kernel tells
    scheduler_stall,        // the kernel's watchdog ended it
    scheduler_killed,       // by a signal that was not ours
    scheduler_stuck,        // it did not stop when it was told to
    expected_error,         // it was to end with an error, and did not with that one
    post_vm,                // the test's post_vm failed
    diverged,               // two deterministic runs of it were not the same
    test_inconclusive,      // a ktstr test's own word (inconclusive)
    host_busy,              // it failed by what a busy host may have made worse (inconclusive)
    no_host_cpus,           // those that it needs for itself were not to be had (inconclusive)
    no_verdict,             // a ktstr test ended without a word (inconclusive)
    not_executable,         // the program could not be executed in the guest
    boot_failed,            // the machine did not reach Ready (inconclusive)
    setup_failed,           // the machine's setup did not succeed (inconclusive)
    boot_time,              // the time limit passed before the program was started (inconclusive)
    machine_failed,         // the emulator or VMM failed (inconclusive)
    harness,                // anything else that kept us from a verdict (inconclusive)
};

std::string_view name(Verdict verdict);
std::string_view name(Reason reason);

// Phases of one attempt, in order; absent ones did not happen.
enum class Phase {
    resolve,
    lease,
    payload,
    find,
    create,
    restore,
    boot,
    save,
    setup,
    hand_over,
    unpack,
    body,
    collect,
    teardown
};
inline constexpr std::size_t phase_count = 14;
std::string_view name(Phase phase);

// How a scheduler under test did, one after the other (wire::SchedulerStory without its long
// texts).
struct SchedulerRecord {
    std::string name;
    std::string ops; // what the kernel called it
    std::string end; // "clean", "stall", ...
    std::int64_t attach_ns = 0;
    std::int64_t ran_ns = 0;
    std::int64_t detach_ns = 0;
    std::int64_t exit_code = 0; // of its process
    std::int64_t kind = 0;      // of the kernel's exit
    std::string reason;
    std::string message;

    bool operator==(const SchedulerRecord&) const = default;
};

// JSON that is passed on as it is; empty: none.
struct JsonText {
    std::string text;

    bool operator==(const JsonText&) const = default;
};

struct Record {
    // identity
    std::string run_id; // NEXTEST_RUN_ID
    std::string package;
    std::string binary_id;
    std::string test;         // in nextest
    std::string own_name;     // in its binary; empty: the file is older than that
    std::string preset;       // of the gauntlet; empty: the machine that it declares
    std::string flag_profile; // of the gauntlet
    unsigned attempt = 1;
    unsigned repetition = 0; // of a run that repeats its tests, from 1
    std::string profile;
    // machine
    std::string kernel_key; // of the store, or the path
    std::string kernel_release;
    std::string topology;
    std::uint64_t memory = 0;
    std::string machine;        // Machine::describe()
    std::string machine_reason; // why this one, as Choice::reason says
    std::string host_cpu;       // model of the host's processor
    // Of the machine: "template" or "boot", then ", set up" and ", saved as template" when that was
    // done in this attempt.
    std::string origin;
    // Of the machine in which the test began: 0 it was booted and no more, 1 its setup (a scheduler
    // that attaches, a command) had run in it.
    unsigned layer = 0;
    bool host_only = false;
    bool performance_mode = false;
    std::string host_cpus;                        // that its vCPUs run on, in words; empty: all
    std::vector<std::string> performance_missing; // "what: why"
    // verdict
    Verdict verdict = Verdict::inconclusive;
    Reason reason = Reason::harness;
    std::string headline;             // one line for people
    int exit_code = 0;                // what nextest saw
    std::vector<std::string> details; // what a ktstr test says of its verdict
    std::string first_try; // the headline of a try before this one, in which the machine failed
    // the scheduler under test
    std::string scheduler_binary; // on the host
    std::string scheduler_digest; // SHA-256 of it
    std::vector<std::string> scheduler_arguments;
    std::vector<SchedulerRecord> schedulers; // in the order in which they were started
    std::string scheduler_log;               // on trouble
    std::string scheduler_dump;              // the kernel's, on trouble
    // measurements
    std::int64_t started_at_ns = 0; // UTC, since the epoch
    std::int64_t wall_ns = 0;       // of the whole attempt
    std::array<std::optional<std::int64_t>, phase_count> phases_ns{};
    std::uint64_t stdout_bytes = 0;
    std::uint64_t stderr_bytes = 0;
    std::uint64_t output_dropped = 0; // bytes not relayed to keep memory bounded
    bool deterministic = false;
    std::uint64_t seed = 0;   // of a deterministic machine
    std::string digest;       // of all that its guest said
    std::string frames;       // the file beside this one that has it, frame by frame
    std::string digest_again; // of a second run that checked it
    std::string frames_again;
    std::vector<std::string> inputs; // "what: digest" of what decides a deterministic run
    std::uint64_t job_at_ns = 0;     // of its virtual clock, when the job began
    std::int64_t failed_at_ns = 0;   // since then, in guest time; 0: it did not, or nobody knows
    std::uint64_t files_kept = 0;    // of those that were to come back from the guest
    std::uint64_t files_lost = 0;
    std::uint64_t payload_bytes = 0;
    std::int64_t user_ns = 0;
    std::int64_t system_ns = 0;
    std::int64_t max_rss_bytes = 0;
    std::vector<std::string> leaked;
    std::vector<std::string> notes;
    std::vector<VcpuCounters> vcpus;
    std::string console_tail; // on trouble
    JsonText facts;           // what the engine measured
};

std::string to_json(const Record& record);
Result<Record> from_json(std::string_view text, const std::string& origin);

// Writes it into `run_directory` (made if missing) under a name of its own:
// <binary>-<test>-<attempt>-<8 hex>.json, whole or not at all, never over another. Frames, and
// those of a second run of it, are in files beside it that the record names.
Result<std::filesystem::path> write(const std::filesystem::path& run_directory,
                                    Record record,
                                    std::span<const Frames> frames = {});

// Every record of a run directory, oldest first. A file that cannot be read is an error in
// `damaged`, not a silence.
struct Run {
    std::filesystem::path directory;
    std::vector<Record> records;
    std::vector<std::string> damaged; // "path: why"
};

Result<Run> read_run(const std::filesystem::path& run_directory);

// The files of a run directory's records, by name.
Result<std::vector<std::filesystem::path>> record_files(const std::filesystem::path& run_directory);

// The text of such a file, if it is a regular one of a size that records have.
Result<std::string> read_record_file(const std::filesystem::path& file);

} // namespace ktstr::sidecar
