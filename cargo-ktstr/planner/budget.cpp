#include "cargo-ktstr/planner/budget.hpp"

#include "cargo-ktstr/planner/room.hpp"
#include "ktstr-runner/base/fnv.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

namespace ktstr::planner {

namespace {

using std::chrono::nanoseconds;

// One that could run.
struct Candidate {
    std::size_t variant; // in Variants::all
    nanoseconds time;
    unsigned lanes; // that it takes meanwhile
    bool failed_last;
    bool changed; // and this is the test as it is declared
    bool is_new;  // never run
    bool unknown; // nor was another variant of its test
    bool performance;
    Left left = Left::budget;
};

class Chooser {
public:
    Chooser(const Budget& budget, const Times& times, Variants& variants)
        : budget_(budget), times_(times), variants_(variants), features_(variants, times),
          pairs_(features_.count()), room_(budget.time, budget.lanes, budget.performance_at_once) {
        Pairs all(features_.count());
        for (std::size_t i = 0; i < variants.all.size(); ++i) {
            const auto& variant = variants.all[i];
            if (variant.left != Left::runs) {
                continue;
            }
            const auto expected = times.of(variants, variant);
            candidates_.push_back(
                {.variant = i,
                 .time = std::max(expected.time, nanoseconds(1)),
                 .lanes = lanes_of(variants, variant, budget.lanes),
                 .failed_last = times.history.failed_last(times.which(variants, variant)),
                 .changed = variants.test_of(variant).changed && variant.preset == Variant::none,
                 .is_new = !expected.learned,
                 .unknown = !expected.learned && !expected.like,
                 .performance = variants.test_of(variant).performance});
            all.add(features_.of(variant));
        }
        all_pairs_ = all.count();
    }

    Choice choose() {
        take_in_order();
        Choice choice{.expected = std::max(room_.used(), longest_),
                      .pairs = pairs_.count(),
                      .all_pairs = all_pairs_};
        room_ = Room(what_may_be_left(), budget_.lanes, budget_.performance_at_once);
        as_ = Left::reserve;
        take_in_order();
        for (const auto& candidate : candidates_) {
            variants_.all[candidate.variant].left = candidate.left;
            ++(candidate.left == Left::runs      ? choice.chosen
               : candidate.left == Left::reserve ? choice.reserve
                                                 : choice.left_out);
        }
        return choice;
    }

private:
    const std::string& binary_of(const Variant& variant) const {
        return times_.list.suites[variants_.test_of(variant).suite].binary_id;
    }

    const Variant& variant_of(const Candidate& candidate) const {
        return variants_.all[candidate.variant];
    }

    void take_in_order() {
        if (reserve_is_full()) {
            return; // there is to be none
        }
        take_all(&Candidate::failed_last);
        take_all(&Candidate::changed);
        take_what_covers_most();
        fill();
    }

    bool reserve_is_full() const {
        return as_ == Left::reserve && variants_.reserve.size() == budget_.most_in_reserve;
    }

    void take(Candidate& candidate) {
        if (reserve_is_full() || candidate.time > budget_.time ||
            !room_.take(candidate.time, candidate.lanes, candidate.performance)) {
            return;
        }
        candidate.left = as_;
        if (as_ == Left::reserve) {
            variants_.reserve.push_back(static_cast<std::uint32_t>(candidate.variant));
        }
        longest_ = std::max(longest_, candidate.time);
        pairs_.add(features_.of(variant_of(candidate)));
    }

    // Of the budget, by what was expected of the chosen ones and may be wrong. What tests declare
    // may be several times what they take; what they took varies (docs/design/planning.md).
    nanoseconds what_may_be_left() const {
        constexpr double of_unknown = 2;
        constexpr double of_known = 0.25;
        double seconds = 0;
        for (const auto& candidate : candidates_) {
            if (candidate.left == Left::runs) {
                const std::chrono::duration<double> time = candidate.time;
                seconds += time.count() * candidate.lanes / budget_.lanes.count *
                           (candidate.unknown ? of_unknown : of_known);
            }
        }
        const std::chrono::duration<double> most = nanoseconds::max() / 2;
        return nanoseconds(static_cast<std::int64_t>(std::min(seconds, most.count()) * 1e9));
    }

    // The shortest first, for then it is the most of them.
    void take_all(bool Candidate::* which) {
        std::vector<Candidate*> some;
        for (auto& candidate : candidates_) {
            if (candidate.*which && candidate.left == Left::budget) {
                some.push_back(&candidate);
            }
        }
        std::ranges::stable_sort(some, {}, &Candidate::time);
        for (auto* const candidate : some) {
            take(*candidate);
        }
    }

    double worth(const Candidate& candidate) const {
        const auto fresh = static_cast<double>(pairs_.fresh(features_.of(variant_of(candidate))));
        return fresh * (candidate.is_new ? 2 : 1) /
               (static_cast<double>(candidate.time.count()) * candidate.lanes);
    }

    // What one is worth only falls as others are taken: whoever is still first after another look
    // is first.
    void take_what_covers_most() {
        struct Entry {
            double worth;
            std::size_t index;

            bool operator<(const Entry& other) const {
                return worth != other.worth ? worth < other.worth : index > other.index;
            }
        };

        std::vector<Entry> entries;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (candidates_[i].left == Left::budget) {
                entries.push_back({worth(candidates_[i]), i});
            }
        }
        std::priority_queue<Entry> queue({}, std::move(entries));
        while (!queue.empty() && !reserve_is_full()) {
            const auto [before, index] = queue.top();
            queue.pop();
            const auto now = worth(candidates_[index]);
            if (now <= 0) {
                continue;
            }
            if (!queue.empty() && Entry{now, index} < queue.top()) {
                queue.push({now, index});
            } else {
                take(candidates_[index]);
            }
        }
    }

    void fill() {
        std::vector<std::pair<std::uint64_t, Candidate*>> rest;
        for (auto& candidate : candidates_) {
            if (candidate.left == Left::budget) {
                const auto& variant = variant_of(candidate);
                rest.emplace_back(
                    fnv1a(binary_of(variant) + ' ' + variants_.name_of(variant, times_.kernels),
                          budget_.seed),
                    &candidate);
            }
        }
        std::ranges::stable_sort(rest, {}, [](const auto& one) { return one.first; });
        for (const auto& [order, candidate] : rest) {
            take(*candidate);
        }
    }

    const Budget& budget_;
    const Times& times_;
    Variants& variants_;
    Features features_;
    Pairs pairs_;
    std::vector<Candidate> candidates_;
    Room room_;
    Left as_ = Left::runs; // what is taken
    nanoseconds longest_{};
    std::size_t all_pairs_ = 0;
};

} // namespace

Choice choose(const Budget& budget, const Times& times, Variants& variants) {
    return Chooser(budget, times, variants).choose();
}

std::string in_words(const Choice& choice) {
    auto text = fmt::format("{} of {} variants, {} expected; {} of {} pairs of features",
                            choice.chosen,
                            choice.chosen + choice.reserve + choice.left_out,
                            human_time(choice.expected),
                            choice.pairs,
                            choice.all_pairs);
    return choice.reserve == 0 ? text : text + fmt::format("; {} in reserve", choice.reserve);
}

} // namespace ktstr::planner
