#include "cargo-ktstr/stats/run_plan.hpp"

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/stats/attempt.hpp"
#include "cargo-ktstr/stats/run_files.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <limits>

namespace ktstr::stats {

namespace {

RunSource not_known(std::string why) {
    return {.commit = {}, .unknown = std::move(why)};
}

RunSource not_known(const Error& error) {
    return not_known(error.one_line());
}

Result<JsonView> parsed(const std::filesystem::path& run, JsonParser& parser) {
    TRY_ASSIGN(const auto text, read_run_file(run / "plan.json"));
    if (!text) {
        return fail(ErrorKind::environment, "the run has no plan");
    }
    return parser.parse(*text);
}

} // namespace

RunSource source_in(JsonView plan) {
    const auto source = member(plan, "source");
    const auto commit = source ? member(*source, "commit") : std::nullopt;
    const auto dirty = source ? member(*source, "dirty") : std::nullopt;
    const auto unknown = source ? member(*source, "unknown") : std::nullopt;
    if (!commit || !as_text(*commit)) {
        const auto why = unknown ? as_text(*unknown) : std::nullopt;
        return not_known(why ? std::string(*why) : "its plan does not tell");
    }
    RunSource out{.commit = std::string(*as_text(*commit)), .dirty = true, .unknown = {}};
    if (dirty && dirty->get(out.dirty) != simdjson::SUCCESS) {
        out.dirty = true; // what is not said to be clean is not
    }
    return out;
}

ExpectedTimes expected_in(JsonView plan, Words& words) {
    ExpectedTimes out;
    for_each(plan, "tests", [&](JsonView test) {
        const auto binary = member(test, "binary_id");
        const auto name = member(test, "name");
        const auto ns = member(test, "expected_ns");
        const auto learned = member(test, "learned");
        if (!binary || !name || !ns || !as_text(*binary) || !as_text(*name) || !as_unsigned(*ns)) {
            return;
        }
        ExpectedTime time{.ns = within_bounds(static_cast<std::int64_t>(std::min<std::uint64_t>(
                              *as_unsigned(*ns), std::numeric_limits<std::int64_t>::max())))};
        if (learned && learned->get(time.learned) != simdjson::SUCCESS) {
            time.learned = false;
        }
        out.emplace(std::pair(words.number_of(*as_text(*binary)), words.number_of(*as_text(*name))),
                    time);
    });
    return out;
}

RunSource source_of(const std::filesystem::path& run) {
    JsonParser parser;
    const auto plan = parsed(run, parser);
    return plan ? source_in(*plan) : not_known(plan.error());
}

RunPlan plan_of(const std::filesystem::path& run, Words& words) {
    JsonParser parser;
    const auto plan = parsed(run, parser);
    return plan ? RunPlan{.source = source_in(*plan), .expected = expected_in(*plan, words)}
                : RunPlan{.source = not_known(plan.error()), .expected = {}};
}

std::string in_words(const RunSource& source) {
    if (source.commit.empty()) {
        return "commit not known: " + printable(source.unknown);
    }
    return "commit " + printable(git::short_id(source.commit)) +
           (source.dirty ? ", with changes that are not committed" : "");
}

} // namespace ktstr::stats
