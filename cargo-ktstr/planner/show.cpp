#include "cargo-ktstr/planner/show.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <array>

namespace ktstr::planner {

namespace {

constexpr int schema = 1;

std::array<std::size_t, left_count> count_all(const Variants& variants) {
    std::array<std::size_t, left_count> counts{};
    for (const auto& variant : variants.all) {
        ++counts.at(static_cast<std::size_t>(variant.left));
    }
    return counts;
}

// Of all that run, one after the other.
std::chrono::nanoseconds sum(const Shown& shown) {
    std::chrono::nanoseconds all{};
    for (const auto& variant : shown.variants.all) {
        if (variant.left == Left::runs) {
            all += shown.times.of(shown.variants, variant).time;
        }
    }
    return all;
}

std::string line(const Shown& shown, const Variant& variant) {
    const auto& variants = shown.variants;
    const auto& test = variants.test_of(variant);
    const auto expected = shown.times.of(shown.variants, variant);
    const auto reason = variants.reason_of(variant);
    const bool may_run = variant.left == Left::runs || variant.left == Left::reserve;
    return fmt::format("{:<12}{:>9}{} {} {} ({}){}\n",
                       word(variant.left),
                       may_run ? human_time(expected.time) : "-",
                       may_run && !expected.learned ? "?" : " ",
                       to_utf8(shown.times.list.suites[test.suite].binary_id),
                       to_utf8(variants.name_of(variant, shown.times.kernels)),
                       test.on_host ? "on the host" : variants.topology_of(variant).text(),
                       reason.empty() ? "" : ": " + reason);
}

Json as_json(const Shown& shown, const Variant& variant) {
    const auto& variants = shown.variants;
    const auto& test = variants.test_of(variant);
    const auto expected = shown.times.of(shown.variants, variant);
    const bool of_gauntlet = variant.preset != Variant::none;
    const auto profile = variants.profile_of(variant);
    Json json{
        {"binary_id", to_utf8(shown.times.list.suites[test.suite].binary_id)},
        {"test", to_utf8(variants.name_of(variant, shown.times.kernels))},
        {"of", to_utf8(test.name)},
        {"preset", nullptr},
        {"profile", profile.empty() ? Json(nullptr) : Json(profile)},
        {"scheduler", test.scheduler.empty() ? Json(nullptr) : Json(to_utf8(test.scheduler))},
        {"topology", nullptr},
        {"kernel", nullptr},
        {"selected", variant.left == Left::runs},
        {"reason", word(variant.left)},
        {"why", to_utf8(variants.reason_of(variant))},
        {"expected_ns", expected.time.count()},
        {"learned", expected.learned}
    };
    if (of_gauntlet) {
        json["preset"] = test.gauntlet->presets[variant.preset].preset->name;
    }
    if (!test.on_host) {
        json["topology"] = variants.topology_of(variant).text();
    }
    if (variant.kernel != Variant::none) {
        json["kernel"] = to_utf8(shown.times.kernels[variant.kernel].entry.key);
    }
    return json;
}

} // namespace

std::string counts_in_words(const Variants& variants) {
    const auto counts = count_all(variants);
    auto text = fmt::format("{} of {} variants run", counts[0], variants.all.size());
    const char* separator = "; ";
    for (std::size_t i = 1; i < counts.size(); ++i) {
        if (counts.at(i) > 0) {
            text += fmt::format("{}{} {}", separator, counts.at(i), word(static_cast<Left>(i)));
            separator = ", ";
        }
    }
    return text;
}

Result<> print_table(const Shown& shown, const Print& print) {
    Pieces pieces(print);
    for (const auto& variant : shown.variants.all) {
        TRY(pieces.add(line(shown, variant)));
    }
    TRY(pieces.add(
        fmt::format("{}\nexpected, one after the other: {} (`?`: estimated, never run)\n",
                    counts_in_words(shown.variants),
                    human_time(sum(shown)))));
    return pieces.flush();
}

Result<> print_plan_json(const Shown& shown, const Print& print) {
    Json head{
        {"schema",      schema            },
        {"kernels",     Json::array()     },
        {"counts",      Json::object()    },
        {"expected_ns", sum(shown).count()}
    };
    for (const auto& kernel : shown.times.kernels) {
        head["kernels"].push_back({
            {"label",   kernel.label        },
            {"key",     kernel.entry.key    },
            {"version", kernel.entry.version}
        });
    }
    const auto counts = count_all(shown.variants);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        head["counts"][std::string(word(static_cast<Left>(i)))] = counts.at(i);
    }
    auto text = print_json(head);
    text.pop_back(); // its brace: the variants follow
    Pieces pieces(print);
    TRY(pieces.add(text + ",\"variants\":["));
    const char* separator = "\n";
    for (const auto& variant : shown.variants.all) {
        TRY(pieces.add(separator + print_json(as_json(shown, variant))));
        separator = ",\n";
    }
    TRY(pieces.add("\n]}\n"));
    return pieces.flush();
}

} // namespace ktstr::planner
