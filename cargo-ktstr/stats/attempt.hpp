// What the analysis keeps of a sidecar: some hundred bytes, so that a hundred thousand fit.
#pragma once

#include "cargo-ktstr/stats/metrics.hpp"
#include "cargo-ktstr/stats/words.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ktstr::stats {

// A BPF program of the scheduler under test, as the kernel counted it.
struct Program {
    Word name = 0;
    std::uint64_t verified_insns = 0;
    std::uint64_t run_cnt = 0;
    std::uint64_t run_time_ns = 0;
};

// A counter of sched_ext's (/sys/kernel/sched_ext/NAME/events).
struct Event {
    Word name = 0;
    std::uint64_t count = 0;
};

// Of its vCPUs, added up.
struct Exits {
    std::uint32_t vcpus = 0; // 0: nobody counted
    VcpuCounters sum;
};

struct Attempt {
    Word run = 0;
    Word binary_id = 0;
    Word name = 0;    // in nextest
    Word test = 0;    // without gauntlet, preset, profile and kernel
    Word preset = 0;  // empty: the test's own machine
    Word profile = 0; // of the scheduler's flags
    Word kernel = 0;  // its key
    Word topology = 0;
    Word machine = 0;   // what ran it, in words
    Word host_cpu = 0;  // model
    Word scheduler = 0; // its name
    Word work = 0;      // kinds of work, "bursty, spin_wait"
    Word origin = 0;
    Word headline = 0;      // of one that did not pass
    Word file = 0;          // the sidecar
    Word digest = 0;        // of what a deterministic guest said; empty: none, or it was cut off
    std::uint64_t seed = 0; // of a deterministic machine
    std::uint32_t repetition = 0;
    std::uint32_t number = 1; // of the attempt
    sidecar::Verdict verdict = sidecar::Verdict::inconclusive;
    sidecar::Reason reason = sidecar::Reason::harness;
    bool second_try = false;
    std::uint32_t files_kept = 0; // that came back from the guest: profiles of coverage
    std::uint32_t files_lost = 0;
    bool host_only = false;
    bool diverged = false;      // it was run twice, and in two ways
    bool deterministic = false; // its times are guest time (guest_time.hpp)
    std::int64_t started_at_ns = 0;
    std::int64_t wall_ns = 0;
    std::int64_t expected_ns = -1; // by the run's plan; -1: it says nothing
    bool learned = false;          // from earlier runs of the test; else estimated
    std::array<std::int64_t, sidecar::phase_count> phases_ns{}; // -1: did not happen
    Values values;
    Exits exits;
    std::vector<Program> programs;
    std::vector<Event> events;

    bool passed() const { return verdict == sidecar::Verdict::pass; }
};

// How often each verdict was, in the order of sidecar::Verdict.
using Counts = std::array<std::size_t, 4>;

constexpr std::size_t place_of(sidecar::Verdict verdict) {
    return static_cast<std::size_t>(verdict);
}

// Of a time that a file tells, which is added up: no test takes a month.
std::int64_t within_bounds(std::int64_t ns);

// Of a record and what its engine measured, which may be nothing. `words` takes the record's texts;
// `file` is left to the caller.
Attempt attempt_of(const sidecar::Record& record, std::optional<JsonView> facts, Words& words);

} // namespace ktstr::stats
