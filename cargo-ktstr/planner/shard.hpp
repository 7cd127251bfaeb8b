// One part of a run that several machines share: of the variants that each of them lists, those
// that a hash of their names gives it. Nothing that one machine has learned, and nothing that
// another has no room for, decides it, so the parts neither overlap nor leave a gap.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <string_view>

namespace ktstr::planner {

struct Shard {
    unsigned number = 1; // from 1
    unsigned of = 1;

    // For nextest, which divides: "hash:2/4" (nexte.st, "Partitioning test runs").
    std::string partition() const;
};

// "2/4". `name` is the option's, for the error.
Result<Shard> parse_shard(std::string_view name, std::string_view text);

} // namespace ktstr::planner
