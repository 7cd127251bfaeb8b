#include "cargo-ktstr/planner/carried_out.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ktstr::planner {

Selection selection_of(const Times& times, const Variants& variants) {
    Selection selection;
    const auto name_of = [&](const Variant& variant) {
        return times.list.suites[variants.test_of(variant).suite].binary_id + ' ' +
               variants.name_of(variant, times.kernels);
    };
    for (const auto& variant : variants.all) {
        if (variant.left == Left::runs) {
            selection.chosen.push_back(name_of(variant));
        }
    }
    for (const auto index : variants.reserve) {
        const auto& variant = variants.all[index];
        selection.reserve.emplace(name_of(variant), times.of(variants, variant).time);
    }
    return selection;
}

CarriedOut carried_out(const Selection& selection, std::span<const sidecar::Record> records) {
    CarriedOut done;
    std::set<std::string> ran;      // once, however many attempts it had
    std::set<std::string> recorded; // ended, or did not begin
    for (const auto& record : records) {
        auto name = record.binary_id + ' ' + record.test;
        const bool in_reserve = selection.reserve.contains(name);
        recorded.insert(name);
        if (record.reason == sidecar::Reason::not_begun) {
            ++(in_reserve ? done.reserve_not_begun : done.chosen_not_begun);
        } else if (in_reserve) {
            ran.insert(std::move(name));
        }
    }
    done.reserve_ran = ran.size();
    done.chosen_unknown = static_cast<std::size_t>(std::ranges::count_if(
        selection.chosen, [&](const auto& test) { return !recorded.contains(test); }));
    return done;
}

std::string in_words(const Choice& choice, const CarriedOut& done, std::chrono::nanoseconds took) {
    const auto left_out =
        choice.left_out + choice.reserve - std::min(choice.reserve, done.reserve_ran);
    auto text =
        fmt::format("{}{}; it took {}. {} left out for want of time",
                    in_words(choice),
                    choice.reserve == 0 ? "" : fmt::format(", of which {} ran", done.reserve_ran),
                    human_time(took),
                    left_out == 1 ? "1 variant was" : fmt::format("{} variants were", left_out));
    if (done.chosen_not_begun > 0) {
        text += fmt::format("; {} of those that were chosen did not begin in time",
                            done.chosen_not_begun);
    }
    if (done.chosen_unknown > 0) {
        text += fmt::format("; {} of them have no result", done.chosen_unknown);
    }
    return text;
}

} // namespace ktstr::planner
