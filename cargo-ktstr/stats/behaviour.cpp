#include "cargo-ktstr/stats/behaviour.hpp"

#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/metrics.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/inputs.hpp"
#include "ktstr-runner/sidecar/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>

namespace ktstr::stats {

namespace {

// Fields of a sidecar that tell what its guest did; what is not here is the host's, or an input.
constexpr std::array outcome_fields{std::string_view("verdict"),
                                    std::string_view("reason"),
                                    std::string_view("headline"),
                                    std::string_view("exit_code"),
                                    std::string_view("details")};
constexpr std::array guest_fields{std::string_view("schedulers"),
                                  std::string_view("stdout_bytes"),
                                  std::string_view("stderr_bytes"),
                                  std::string_view("user_ns"),
                                  std::string_view("system_ns"),
                                  std::string_view("max_rss_bytes"),
                                  std::string_view("leaked"),
                                  std::string_view("scheduler_log"),
                                  std::string_view("scheduler_dump")};

struct Input {
    std::string_view field;
    std::string_view words;
};

// Says less than what runners record since, which is looked at where both have it.
constexpr std::string_view size_of_files = "the size of the test's files";

constexpr std::array input_fields{
    Input{"kernel_key",          "kernel"                   },
    Input{"topology",            "topology"                 },
    Input{"memory",              "memory"                   },
    Input{"machine",             "machine"                  },
    Input{"host_cpu",            "the host's processor"     },
    Input{"scheduler_digest",    "scheduler"                },
    Input{"scheduler_arguments", "the scheduler's arguments"},
    Input{"payload_bytes",       size_of_files              },
};

Relevance relevance_of(std::string_view name) {
    const auto has = [&](std::string_view part) {
        return name.find(part) != std::string_view::npos;
    };
    if (name.starts_with("events.")) {
        return Relevance::event;
    }
    if (has("phases.") || has(".workers.") || has("timeline.")) {
        return Relevance::detail;
    }
    if (name.starts_with("programs.")) {
        return name.ends_with(".run_cnt") ? Relevance::decision : Relevance::detail;
    }
    return Relevance::scenario;
}

// Takes JSON apart into its values; lists of values are one.
class Taken final {
public:
    Taken(std::map<std::string, Measure>& out, const std::map<std::uint64_t, std::string>& programs)
        : out_(out), programs_(programs) {}

    void take(const std::string& name, JsonView json, std::optional<Relevance> relevance = {}) {
        simdjson::dom::object members;
        simdjson::dom::array items;
        if (json.get(members) == simdjson::SUCCESS) {
            for (const auto [key, value] : members) {
                take(fmt::format("{}.{}", name, key), value, relevance);
            }
        } else if (json.get(items) == simdjson::SUCCESS && has_objects(items)) {
            std::map<std::string, unsigned> alike;
            std::size_t place = 0;
            for (const JsonView item : items) {
                auto key = key_of(item, place++);
                if (const auto count = ++alike[key]; count > 1) {
                    key += fmt::format("#{}", count);
                }
                take(fmt::format("{}.{}", name, key), item, relevance);
            }
        } else {
            put(name, json, relevance.value_or(relevance_of(name)));
        }
    }

private:
    static bool has_objects(simdjson::dom::array items) {
        return std::ranges::any_of(
            items, [](JsonView item) { return item.is_object() || item.is_array(); });
    }

    // By name where it has one: what comes before it may be more, or fewer.
    std::string key_of(JsonView item, std::size_t place) const {
        const auto named = member(item, "name");
        if (const auto name = named ? as_text(*named) : std::nullopt) {
            return std::string(*name);
        }
        const auto id = member(item, "id");
        const auto found = programs_.find(id ? as_unsigned(*id).value_or(0) : 0);
        return id && found != programs_.end() ? found->second : std::to_string(place);
    }

    void put(const std::string& name, JsonView json, Relevance relevance) {
        const auto text = as_text(json);
        auto printed = print_json(json);
        out_[name] = {.relevance = relevance,
                      .json = printed,
                      .text = text ? std::string(*text) : std::move(printed),
                      .number = as_number(json),
                      .metric = {}};
    }

    std::map<std::string, Measure>& out_;
    const std::map<std::uint64_t, std::string>& programs_;
};

std::map<std::uint64_t, std::string> programs_in_facts(std::optional<JsonView> facts) {
    std::map<std::uint64_t, std::string> out;
    for_each(facts, "programs", [&](JsonView program) {
        const auto id = member(program, "id");
        const auto name = member(program, "name");
        if (id && name) {
            out[as_unsigned(*id).value_or(0)] = std::string(as_text(*name).value_or(""));
        }
    });
    return out;
}

void take_facts(JsonView facts, Taken& taken) {
    simdjson::dom::object members;
    if (facts.get(members) != simdjson::SUCCESS) {
        return;
    }
    for (const auto [key, value] : members) {
        simdjson::dom::array results;
        if (key == "results" && value.get(results) == simdjson::SUCCESS && results.size() == 1) {
            taken.take("scenario", results.at(0).value_unsafe()); // most tests have one
        } else {
            taken.take(std::string(key), value);
        }
    }
}

void take_metrics(const Values& values, std::map<std::string, Measure>& out) {
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
        const auto value = values.get(metric);
        if (!value) {
            continue;
        }
        const auto& [name, unit, better, absolute, relative, meaning] = metrics.at(metric);
        const auto digits = fmt::format("{}", static_cast<float>(*value));
        out[std::string(name)] = {.relevance = Relevance::metric,
                                  .json = digits,
                                  .text =
                                      unit.empty() ? digits : fmt::format("{} {}", digits, unit),
                                  .number = value,
                                  .metric = metric};
    }
}

Effect effect_of(const Measure& a, const Measure& b) {
    if (!a.metric || !a.number || !b.number) {
        return Effect::none;
    }
    const auto& metric = metrics.at(*a.metric);
    const auto difference = *b.number - *a.number;
    const auto middle = (std::abs(*a.number) + std::abs(*b.number)) / 2;
    if (!matters(metric, difference, middle)) {
        return Effect::none;
    }
    return (difference > 0) == (metric.better == Better::more) ? Effect::better : Effect::worse;
}

ExactDifference
difference_of(const std::string& name, const Measure* a, const Measure* b, bool both_passed) {
    ExactDifference out{.measure = name, .relevance = (a != nullptr ? a : b)->relevance};
    if (a != nullptr) {
        out.a = *a;
    }
    if (b != nullptr) {
        out.b = *b;
    }
    if (a != nullptr && b != nullptr && a->number && b->number) {
        if (*a->number != 0) {
            out.change = (*b->number - *a->number) / std::abs(*a->number);
        }
        out.effect = both_passed ? effect_of(*a, *b) : Effect::none;
    }
    return out;
}

// Worse before better before what does not matter; then what changed by most.
auto order_of(const ExactDifference& one) {
    const auto rank = one.effect == Effect::worse ? 0 : one.effect == Effect::better ? 1 : 2;
    const auto size = one.change ? std::abs(*one.change) : std::numeric_limits<double>::infinity();
    return std::tuple(one.relevance, rank, -size);
}

} // namespace

Result<Behaviour> behaviour_of(std::string_view text, const std::string& origin) {
    JsonParser parser;
    TRY_ASSIGN(auto view, sidecar::view_json(text, origin, parser));
    view.record.vcpus.clear(); // counted by the host, in a second of its time
    JsonParser whole;
    TRY_ASSIGN(const auto json, whole.parse(text));
    Behaviour out{.measures = {},
                  .inputs = {},
                  .recorded = view.record.inputs,
                  .frames = view.record.frames,
                  .frames_again = view.record.frames_again,
                  .passed = view.record.verdict == sidecar::Verdict::pass};
    for (const auto& [field, words] : input_fields) {
        const auto found = member(json, field);
        out.inputs.emplace(words, found ? print_json(*found) : "");
    }
    const auto programs = programs_in_facts(view.facts);
    Taken taken(out.measures, programs);
    for (const auto field : outcome_fields) {
        if (const auto found = member(json, field)) {
            taken.take(std::string(field), *found, Relevance::outcome);
        }
    }
    for (const auto field : guest_fields) {
        if (const auto found = member(json, field)) {
            taken.take(std::string(field), *found);
        }
    }
    if (view.facts) {
        take_facts(*view.facts, taken);
    }
    take_metrics(values_of(view.record, view.facts), out.measures);
    return out;
}

std::vector<ExactDifference> differences_between(const Behaviour& a, const Behaviour& b) {
    std::vector<ExactDifference> out;
    const bool both_passed = a.passed && b.passed;
    for (const auto& [name, before] : a.measures) {
        const auto found = b.measures.find(name);
        const auto* const after = found == b.measures.end() ? nullptr : &found->second;
        if (after == nullptr || after->json != before.json) {
            out.push_back(difference_of(name, &before, after, both_passed));
        }
    }
    for (const auto& [name, after] : b.measures) {
        if (!a.measures.contains(name)) {
            out.push_back(difference_of(name, nullptr, &after, both_passed));
        }
    }
    std::ranges::stable_sort(out, {}, order_of);
    return out;
}

std::vector<std::string> other_inputs(const Behaviour& a, const Behaviour& b) {
    std::vector<std::string> out;
    const bool recorded = !a.recorded.empty() && !b.recorded.empty();
    for (const auto& [words, given] : a.inputs) {
        const auto found = b.inputs.find(words);
        const bool same = found != b.inputs.end() && found->second == given;
        if (!same && !(recorded && words == size_of_files)) {
            out.push_back(words);
        }
    }
    for (auto& name : sidecar::different_inputs(a.recorded, b.recorded)) {
        if (std::ranges::find(out, name) == out.end()) {
            out.push_back(std::move(name));
        }
    }
    return out;
}

} // namespace ktstr::stats
