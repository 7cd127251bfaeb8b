// A file of a run directory, as whoever wrote it left it: from its text to what the analysis makes
// of it.
#include "cargo-ktstr/stats/attempt_table.hpp"
#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/json.hpp"
#include "cargo-ktstr/stats/record_text.hpp"
#include "cargo-ktstr/stats/report.hpp"
#include "ktstr-runner/base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto record = ktstr::sidecar::from_json(text, "input");
    if (!record) {
        return 0;
    }
    // What was read can be written and read again.
    if (!ktstr::sidecar::from_json(ktstr::sidecar::to_json(*record), "again")) {
        __builtin_trap();
    }
    ktstr::stats::Runs runs;
    ktstr::JsonParser parser;
    const auto facts = parser.parse(record->facts.text.empty() ? "null" : record->facts.text);
    for (int i = 0; i < 6; ++i) { // as many as have a median
        runs.attempts.push_back(ktstr::stats::attempt_of(
            *record, facts ? std::optional(*facts) : std::nullopt, runs.words));
    }
    if (!ktstr::parse_json(ktstr::stats::as_json(runs))) {
        __builtin_trap();
    }
    const auto out = ktstr::stats::all_attempts(runs) + ktstr::stats::report(runs) +
                     ktstr::stats::describe(*record, text) + ktstr::stats::explain(*record, text);
    if (out.find('\x1b') != std::string::npos) { // a terminal would obey
        __builtin_trap();
    }
    [[maybe_unused]] const auto comparison = ktstr::stats::compare(runs, runs, {});
    return 0;
}
