// What nextest is told of the variants that run: how many of its lanes each takes, when it is
// killed, and how early it starts.
#pragma once

#include "cargo-ktstr/planner/times.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace ktstr::planner {

// Where the tests run.
struct Lanes {
    unsigned count = 1;      // tests that nextest runs at once
    unsigned cpus = 1;       // that they share
    unsigned overcommit = 8; // vCPUs for each CPU, at most
};

struct Need {
    std::uint32_t variant = 0;                 // in Variants::all
    unsigned threads = 1;                      // lanes: nextest's `threads-required`
    std::optional<std::chrono::seconds> limit; // absent: nothing is known of how long it may take
    int priority = 0;                          // nextest's: -100 to 100, the largest first
};

// Lanes that a machine takes, so that all that run at once have at most `overcommit` vCPUs for each
// CPU; one that is larger than that runs alone.
unsigned lanes_for(unsigned vcpus, const Lanes& lanes);

// Of one that has a CPU for each of its vCPUs, and one more, for itself: nothing is begun beside it
// that would only wait for these.
unsigned lanes_for_itself(unsigned vcpus, const Lanes& lanes);

// Of a variant, by what it runs on.
unsigned lanes_of(const Variants& variants, const Variant& variant, const Lanes& lanes);

// Limits are for what hangs, and those of tests of the crate alone, whose machines and holds are
// known: half an hour (a scheduler's first build is in it, a body may do what it likes), or more
// where a generous multiple of what is expected is more: of the declared holds, the vCPUs and the
// backend, or of what earlier runs took, and where vCPUs share CPUs. What failed last starts first,
// then what takes longer than most; the reserve of a budget comes behind all others.
std::vector<Need> needs_of(const Times& times, const Variants& variants, const Lanes& lanes);

} // namespace ktstr::planner
