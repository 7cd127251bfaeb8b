#include "ktstr-runner/sidecar/fields.hpp"

namespace ktstr::sidecar {

namespace {

using enum Presence;

// clang-format off
constexpr std::array table{
    Field{"run_id",         required, &Record::run_id,         "NEXTEST_RUN_ID of the run"},
    Field{"package",        optional, &Record::package,        "name of the package"},
    Field{"binary_id",      required, &Record::binary_id,      "nextest's id of the test binary"},
    Field{"test",           required, &Record::test,           "full name of the test"},
    Field{"own_name",       optional, &Record::own_name,       "its name in its binary: `test` without what a run adds to it, such as the label of a kernel"},
    Field{"preset",         optional, &Record::preset,         "the gauntlet's topology preset; empty on the machine that the test declares"},
    Field{"flag_profile",   optional, &Record::flag_profile,   "the gauntlet's profile of the scheduler's flags; empty as `preset` is"},
    Field{"attempt",        required, &Record::attempt,        "number of the attempt, from 1"},
    Field{"repetition",     optional, &Record::repetition,     "which one of a run that repeats its tests (`--count`), from 1; 0 of one that does not"},
    Field{"profile",        optional, &Record::profile,        "nextest profile"},
    Field{"kernel_key",     optional, &Record::kernel_key,     "key of the kernel in the store, or its path"},
    Field{"kernel_release", optional, &Record::kernel_release, "`uname -r` of the guest"},
    Field{"topology",       optional, &Record::topology,       "`{n}n{l}l{c}c{t}t`: nodes, LLCs in all, cores per LLC, threads per core"},
    Field{"memory",         optional, &Record::memory,         "RAM of the guest in bytes"},
    Field{"machine",        optional, &Record::machine,        "what ran the guest, in words"},
    Field{"machine_reason", optional, &Record::machine_reason, "why that one was chosen, in words"},
    Field{"host_cpu",       optional, &Record::host_cpu,       "model of the host's processor"},
    Field{"origin",         optional, &Record::origin,         "where the machine came from: `template`, `fork` (of a machine that the run kept), `fork, loaded` (of one that had the test's files too) or `boot`, then `, set up`, `, saved as template`, `, forked` and `, loaded` when that was done in this attempt"},
    Field{"layer",          optional, &Record::layer,          "of the machine in which the test began: 0 when it was booted and no more, 1 when its setup (a scheduler that attaches, a command) had run in it"},
    Field{"host_only",      optional, &Record::host_only,      "true when the test ran on the host, without a machine"},
    Field{"performance_mode", optional, &Record::performance_mode, "true when the vCPUs had host CPUs of their own"},
    Field{"host_cpus",      optional, &Record::host_cpus,      "host CPUs that the machine ran on, where not on all: of each vCPU in order and of the rest, or the list that it shared"},
    Field{"performance_missing", optional, &Record::performance_missing, "what `performance_mode` could not have, with the reason, one each"},
    Field{"verdict",        required, &Record::verdict,        "see [verdicts](verdicts.md)"},
    Field{"reason",         required, &Record::reason,         "see [verdicts](verdicts.md)"},
    Field{"headline",       optional, &Record::headline,       "the verdict in one line, for people"},
    Field{"exit_code",      optional, &Record::exit_code,      "exit code that nextest saw"},
    Field{"details",        optional, &Record::details,        "what a ktstr test says of its verdict"},
    Field{"first_try",      optional, &Record::first_try,      "the headline of a try before this one, in which the machine failed; empty when there was none"},
    Field{"scheduler_binary", optional, &Record::scheduler_binary, "the program of the scheduler under test, on the host"},
    Field{"scheduler_digest", optional, &Record::scheduler_digest, "SHA-256 of it"},
    Field{"scheduler_arguments", optional, &Record::scheduler_arguments, "its arguments"},
    Field{"schedulers",     optional, &Record::schedulers,     "how the schedulers did, in the order in which they were started: `name`, `ops` (the kernel's name for it), `end` ([how it ended](../design/scheduler-tests.md)), `attach_ns`, `ran_ns`, `detach_ns`, `exit_code` of its process, `kind` of the kernel's exit, `reason`, `message`"},
    Field{"scheduler_log",  optional, &Record::scheduler_log,  "what they said, shortened, when there was trouble"},
    Field{"scheduler_dump", optional, &Record::scheduler_dump, "the kernel's exit dump, shortened, when there was trouble"},
    Field{"started_at_ns",  optional, &Record::started_at_ns,  "start, UTC, nanoseconds since 1970"},
    Field{"wall_ns",        optional, &Record::wall_ns,        "the whole attempt in nanoseconds"},
    Field{"phases_ns",      optional, &Record::phases_ns,      "nanoseconds by phase; a phase that did not happen is absent"},
    Field{"stdout_bytes",   optional, &Record::stdout_bytes,   "bytes the program wrote to stdout"},
    Field{"stderr_bytes",   optional, &Record::stderr_bytes,   "bytes the program wrote to stderr"},
    Field{"output_dropped", optional, &Record::output_dropped, "bytes of output not relayed, to keep memory bounded"},
    Field{"deterministic",  optional, &Record::deterministic,  "true when the guest was given nothing of the hour or the host, and its time was what it executed"},
    Field{"seed",           optional, &Record::seed,           "of a deterministic machine: all that was random in it came of this"},
    Field{"digest",         optional, &Record::digest,         "SHA-256 of all that a deterministic guest said from its job on, guest times included"},
    Field{"frames",         optional, &Record::frames,         "name of the file beside this one that has what was said frame by frame; empty where there is none"},
    Field{"digest_again",   optional, &Record::digest_again,   "the digest of the second run that `--check` made; empty where there was none"},
    Field{"frames_again",   optional, &Record::frames_again,   "the frames of that run, where it was not the same"},
    Field{"inputs",         optional, &Record::inputs,         "what decides a deterministic run, `WHAT: VALUE` each, a version or a SHA-256: two runs can only be the same where these are"},
    Field{"job_at_ns",      optional, &Record::job_at_ns,      "of a deterministic machine: where its clock stood when the job began, from which guest times count"},
    Field{"failed_at_ns",   optional, &Record::failed_at_ns,   "of a deterministic machine: the guest time at which its scheduler left or, where none did, its program ended, when that is a failure; 0 when it is not, or the guest died"},
    Field{"files_kept",     optional, &Record::files_kept,     "files that came back from the guest: profiles of a coverage run"},
    Field{"files_lost",     optional, &Record::files_lost,     "those that are known not to have, or to be of no use; `notes` say which and why"},
    Field{"payload_bytes",  optional, &Record::payload_bytes,  "size of what was handed to the guest"},
    Field{"user_ns",        optional, &Record::user_ns,        "user CPU time of the program and its children in nanoseconds"},
    Field{"system_ns",      optional, &Record::system_ns,      "system CPU time of the same in nanoseconds"},
    Field{"max_rss_bytes",  optional, &Record::max_rss_bytes,  "largest resident set of the same in bytes"},
    Field{"leaked",         optional, &Record::leaked,         "processes alive after the program's end, `pid comm` each"},
    Field{"notes",          optional, &Record::notes,          "what else is worth knowing, one sentence each"},
    Field{"vcpus",          optional, &Record::vcpus,          "what KVM counted of each vCPU since its machine was made or restored, in order: `exits`, `halts`, `halt_wait_ns`, `preemptions`, `signals`; empty when nobody counts"},
    Field{"console_tail",   optional, &Record::console_tail,   "last lines of the guest's console, when there was trouble"},
    Field{"facts",          optional, &Record::facts,          "what the engine in the guest measured, as it is ([scheduler-tests.md](../design/scheduler-tests.md)); null when there was none"},
};
// clang-format on

struct TypeNames {
    std::string_view operator()(std::string Record::*) const { return "string"; }

    std::string_view operator()(unsigned Record::*) const { return "unsigned integer"; }

    std::string_view operator()(int Record::*) const { return "integer"; }

    std::string_view operator()(bool Record::*) const { return "boolean"; }

    std::string_view operator()(std::uint64_t Record::*) const { return "unsigned integer"; }

    std::string_view operator()(std::int64_t Record::*) const { return "integer"; }

    std::string_view operator()(std::vector<std::string> Record::*) const {
        return "array of strings";
    }

    std::string_view operator()(std::vector<VcpuCounters> Record::*) const {
        return "array of objects";
    }

    std::string_view operator()(std::vector<SchedulerRecord> Record::*) const {
        return "array of objects";
    }

    std::string_view operator()(JsonText Record::*) const { return "object or null"; }

    std::string_view operator()(Verdict Record::*) const { return "verdict"; }

    std::string_view operator()(Reason Record::*) const { return "reason"; }

    std::string_view operator()(PhaseTimes Record::*) const { return "object of integers"; }
};

} // namespace

std::span<const Field> fields() {
    return table;
}

std::string_view type_name(const Field& field) {
    return std::visit(TypeNames{}, field.member);
}

} // namespace ktstr::sidecar
