// Runs made of records, for tests.
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

namespace ktstr::stats {

inline Runs runs_of(const std::vector<sidecar::Record>& records) {
    Runs runs;
    for (const auto& record : records) {
        JsonParser parser;
        const auto facts = parser.parse(record.facts.text.empty() ? "null" : record.facts.text);
        runs.attempts.push_back(
            attempt_of(record, facts ? std::optional(*facts) : std::nullopt, runs.words));
    }
    return runs;
}

// Of one that passed on a machine.
inline sidecar::Record passed(const std::string& test, std::string facts = {}) {
    sidecar::Record record{.run_id = "r", .binary_id = "c::it", .test = test};
    record.kernel_key = "6.12-key";
    record.topology = "1n2l2c1t";
    record.machine = "qemu 10.0.2, tcg, microvm";
    record.verdict = sidecar::Verdict::pass;
    record.reason = sidecar::Reason::none;
    record.facts.text = std::move(facts);
    return record;
}

// The same of the deterministic machine, whose guest said so.
inline sidecar::Record
deterministic(sidecar::Record record, std::string digest, std::uint64_t seed = 7) {
    record.machine = "qemu 10.0.2, tcg, deterministic, microvm";
    record.deterministic = true;
    record.digest = std::move(digest);
    record.seed = seed;
    return record;
}

inline sidecar::Record failed(const std::string& test, std::string facts = {}) {
    auto record = passed(test, std::move(facts));
    record.verdict = sidecar::Verdict::fail;
    record.reason = sidecar::Reason::test_failed;
    return record;
}

} // namespace ktstr::stats
