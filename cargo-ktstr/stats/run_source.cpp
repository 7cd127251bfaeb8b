#include "cargo-ktstr/stats/run_source.hpp"

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/stats/run_files.hpp"
#include "ktstr-runner/base/text.hpp"

namespace ktstr::stats {

namespace {

RunSource not_known(std::string why) {
    return {.commit = {}, .unknown = std::move(why)};
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

RunSource source_of(const std::filesystem::path& run) {
    const auto text = read_run_file(run / "plan.json");
    if (!text) {
        return not_known(text.error().one_line());
    }
    if (!*text) {
        return not_known("the run has no plan");
    }
    JsonParser parser;
    const auto plan = parser.parse(**text);
    return plan ? source_in(*plan) : not_known(plan.error().one_line());
}

std::string in_words(const RunSource& source) {
    if (source.commit.empty()) {
        return "commit not known: " + printable(source.unknown);
    }
    return "commit " + printable(git::short_id(source.commit)) +
           (source.dirty ? ", with changes that are not committed" : "");
}

} // namespace ktstr::stats
