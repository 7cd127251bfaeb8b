// A scenario's thresholds against what was measured.
#pragma once

#include "guest/workload/measured.hpp"
#include "guest/workload/scenario.hpp"

#include <string>
#include <vector>

namespace ktstr::workload {

struct Check {
    enum class Outcome { passed, failed, inconclusive };
    std::string name;
    double limit = 0;
    double worst = 0;
    std::string where; // "cgroup a, worker 3, step 0"
    Outcome outcome = Outcome::inconclusive;
    std::string why;      // when it is inconclusive
    bool at_most = false; // what the limit is
    bool of_time = false; // a host that gives the machine too little CPU time makes it worse
};

// "max_gap_ms: 1204, limit 1000 (cgroup a, worker 3, step 0)", or why it is inconclusive; empty for
// one that holds.
std::string detail_of(const Check& check);

// One for each threshold that is set. A threshold without anything to measure is inconclusive, and
// so is one of a latency that failed while the host took more than half of the CPU time that was
// wanted.
std::vector<Check> check(const Thresholds& limits, const Measured& measured);

enum class Verdict { pass, fail, inconclusive };

struct Judged {
    Verdict verdict = Verdict::inconclusive;
    std::vector<std::string> details; // the headline first
};

// Any failure, or mishap, makes it one; then any that is inconclusive.
Judged judge(const std::vector<Check>& checks, const Measured& measured);

} // namespace ktstr::workload
