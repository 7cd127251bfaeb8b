// What a run's plan tells of it (docs/reference/plan.md).
#pragma once

#include "cargo-ktstr/stats/words.hpp"
#include "ktstr-runner/base/json_view.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace ktstr::stats {

// What its programs were built of.
struct RunSource {
    std::string commit;  // empty: not known
    bool dirty = false;  // files that git tracks differed from it
    std::string unknown; // why it is not known
};

// What a test was expected to take.
struct ExpectedTime {
    std::int64_t ns = 0;
    bool learned = false; // from earlier runs of it; else estimated
};

// By binary and name in nextest.
using ExpectedTimes = std::map<std::pair<Word, Word>, ExpectedTime>;

RunSource source_in(JsonView plan);
ExpectedTimes expected_in(JsonView plan, Words& words);

// Of a run without a plan, or whose plan is older than that or cannot be read, it is not known.
RunSource source_of(const std::filesystem::path& run);

struct RunPlan {
    RunSource source;
    ExpectedTimes expected;
};

// Both, read once.
RunPlan plan_of(const std::filesystem::path& run, Words& words);

// "commit 3f9a81c0d2e1, with changes that are not committed"
std::string in_words(const RunSource& source);

} // namespace ktstr::stats
