// What the sidecar of a deterministic attempt tells of its guest's behaviour, measure by measure,
// and in which of them two attempts differ. There is no noise in them, and no p value.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::stats {

// What says more of a scheduler comes first.
enum class Relevance {
    outcome,  // verdict, reason, exit code
    metric,   // of the table (metrics.hpp)
    event,    // of sched_ext's
    decision, // how often each program of the scheduler was called
    scenario, // what the test measured of its cgroups, how its schedulers began and ended
    detail,   // of one worker, one phase, the nanoseconds of a program
};

struct Measure {
    Relevance relevance = Relevance::detail;
    std::string json; // the value as it is in the sidecar
    std::string text; // the same for people
    std::optional<double> number;
    std::optional<std::size_t> metric; // in `metrics`
};

struct Behaviour {
    std::map<std::string, Measure>
        measures; // by name: "scenario.cgroups.spinners.total_iterations"
    std::map<std::string, std::string> inputs; // what the guest was given: "scheduler" and its hash
    std::vector<std::string> recorded;         // the same as its runner recorded it, "WHAT: VALUE"
    std::string frames;       // the file beside the sidecar of what it said; empty: none
    std::string frames_again; // of the second run of one that was checked
    bool passed = false;
};

// Of a sidecar's text. Nothing of the host's time, nor of how the machine came to be.
Result<Behaviour> behaviour_of(std::string_view text, const std::string& origin);

// Which way a metric went, if it went as far as matters and both attempts passed.
enum class Effect { none, worse, better };

struct ExactDifference {
    std::string measure;
    Relevance relevance = Relevance::detail;
    std::optional<Measure> a; // absent: only the other has it
    std::optional<Measure> b;
    std::optional<double> change; // a part of A; absent of what is no number, or 0 in A
    Effect effect = Effect::none;
};

// Every one; the most relevant first, of these the largest.
std::vector<ExactDifference> differences_between(const Behaviour& a, const Behaviour& b);

// What they were given that is not the same: "kernel", "scheduler".
std::vector<std::string> other_inputs(const Behaviour& a, const Behaviour& b);

} // namespace ktstr::stats
