// What a comparison tells of deterministic attempts: the same to the last bit, or every measure in
// which they are not.
#pragma once

#include "cargo-ktstr/stats/behaviour.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ktstr::stats {

enum class ExactOutcome {
    differs,           // A behaves in one way, B in another
    not_deterministic, // one side behaves in several ways, of the same inputs
    other_inputs,      // one side behaves in several ways, of several inputs
    unread,            // they differ, and a sidecar could not be read again to tell in what
};

struct ExactTest {
    std::string test;
    std::uint64_t seed = 0;
    ExactOutcome outcome = ExactOutcome::differs;
    char side = ' ';                 // that behaves in several ways: 'A', 'B'
    std::size_t attempts = 0;        // of that side
    std::size_t behaviours = 0;      // different ones of that side
    bool in_one_run = false;         // and two of them in one run, whose programs are the same
    std::vector<std::string> inputs; // that are not the same
    std::vector<ExactDifference> differences; // the most relevant
    std::size_t found = 0;                    // all of them
    std::array<std::string, 2> files;         // the two sidecars
    std::string why;                          // of one that was not read

    // Where what the guests said parts, if it was kept: "frame 12", and what that is of each.
    std::string frame;
    std::array<std::string, 2> said;

    bool regressed() const {
        return outcome == ExactOutcome::differs &&
               std::ranges::any_of(differences, [](const ExactDifference& one) {
                   return one.effect == Effect::worse;
               });
    }
};

// What only one side ran so: deterministic or not, or with that seed. The test itself both ran.
struct OneSided {
    std::string test;
    char side = 'A';
    bool deterministic = false;
    std::uint64_t seed = 0;
};

struct ExactComparison {
    std::size_t identical = 0;    // tests of which all attempts of both sides are the same
    std::size_t untold = 0;       // of which a side has no digest
    std::vector<ExactTest> tests; // the others: not deterministic, regressed, by name
    std::vector<OneSided> one_sided;

    std::size_t count(ExactOutcome outcome) const {
        return static_cast<std::size_t>(std::ranges::count(tests, outcome, &ExactTest::outcome));
    }

    std::size_t compared() const { return identical + count(ExactOutcome::differs); }

    bool is_empty() const {
        return identical == 0 && untold == 0 && tests.empty() && one_sided.empty();
    }
};

} // namespace ktstr::stats
