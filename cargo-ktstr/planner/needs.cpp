#include "cargo-ktstr/planner/needs.hpp"

#include <algorithm>

namespace ktstr::planner {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int first_of_all = 100;
constexpr int last_of_all = -100;
constexpr int levels = 10; // of how long a test takes, to the longest

std::uint64_t divide_up(std::uint64_t value, std::uint64_t by) {
    return (value + by - 1) / by;
}

// Doubled until it is enough: few values, so that few rules are written.
seconds round_up(nanoseconds time) {
    seconds limit = 30min;
    while (limit < time && limit < 24h) {
        limit *= 2;
    }
    return limit;
}

// A test that hangs is ended a little later by a generous limit; a slow host must not fail one.
seconds limit_of(nanoseconds expected, unsigned vcpus, const Lanes& lanes) {
    constexpr auto start =
        60s; // a machine that is booted, its scheduler attached, for the first time
    constexpr int patience = 10;
    const auto crowd =
        static_cast<std::int64_t>(std::max<std::uint64_t>(1, divide_up(vcpus, lanes.cpus)));
    const auto most = nanoseconds(24h) / (patience * crowd);
    return round_up(start + std::min(expected, most) * patience * crowd);
}

int level_of(nanoseconds time, nanoseconds longest) {
    return static_cast<int>(static_cast<double>(time.count()) * levels /
                            static_cast<double>(std::max<std::int64_t>(longest.count(), 1)));
}

// Behind all others, in few steps: each is a rule that nextest holds every test against.
int priority_in_reserve(std::size_t rank, std::size_t all) {
    constexpr std::size_t steps = 20;
    return last_of_all / static_cast<int>(steps) * static_cast<int>(1 + rank * steps / all);
}

// Most tests have none; what takes longer than they do has one.
void give_priorities(const std::vector<nanoseconds>& expected, std::vector<Need>& needs) {
    if (needs.empty()) {
        return;
    }
    auto sorted = expected;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::ranges::nth_element(sorted, middle);
    const auto median = *middle;
    const auto longest = std::ranges::max(expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto above = level_of(expected[i], longest) - level_of(median, longest);
        const auto step = (first_of_all - 1) / levels;
        needs[i].priority = std::max({needs[i].priority, 0, above * step});
    }
}

} // namespace

unsigned lanes_for(unsigned vcpus, const Lanes& lanes) {
    const auto share =
        divide_up(std::uint64_t{vcpus} * lanes.count, std::uint64_t{lanes.overcommit} * lanes.cpus);
    return static_cast<unsigned>(std::clamp<std::uint64_t>(share, 1, lanes.count));
}

unsigned lanes_for_itself(unsigned vcpus, const Lanes& lanes) {
    const auto share = divide_up((std::uint64_t{vcpus} + 1) * lanes.count, lanes.cpus);
    return static_cast<unsigned>(std::clamp<std::uint64_t>(share, 1, lanes.count));
}

unsigned lanes_of(const Variants& variants, const Variant& variant, const Lanes& lanes) {
    const auto& test = variants.test_of(variant);
    if (test.on_host) {
        return 1;
    }
    const auto vcpus = variants.topology_of(variant).vcpus();
    return test.performance ? lanes_for_itself(vcpus, lanes) : lanes_for(vcpus, lanes);
}

namespace {

// But for its priority.
Need need_of(const Times& times,
             const Variants& variants,
             std::size_t index,
             nanoseconds expected,
             const Lanes& lanes) {
    const auto& variant = variants.all[index];
    const auto& test = variants.test_of(variant);
    Need need{.variant = static_cast<std::uint32_t>(index),
              .threads = lanes_of(variants, variant, lanes)};
    if (test.gauntlet) { // it is of the crate, and has a machine
        const auto vcpus = variants.topology_of(variant).vcpus();
        const auto declared = estimate(times.backend_of(test), vcpus, test.duration_ms);
        need.limit = limit_of(std::max(declared, expected), vcpus, lanes);
    }
    return need;
}

} // namespace

std::vector<Need> needs_of(const Times& times, const Variants& variants, const Lanes& lanes) {
    std::vector<Need> needs;
    std::vector<nanoseconds> expected;
    for (std::size_t i = 0; i < variants.all.size(); ++i) {
        const auto& variant = variants.all[i];
        if (variant.left != Left::runs) {
            continue;
        }
        expected.push_back(times.of(variants, variant).time);
        auto need = need_of(times, variants, i, expected.back(), lanes);
        if (times.history.failed_last(times.which(variants, variant))) {
            need.priority = first_of_all;
        }
        needs.push_back(need);
    }
    give_priorities(expected, needs);
    const auto chosen = static_cast<std::ptrdiff_t>(needs.size());
    const auto& reserve = variants.reserve;
    for (std::size_t rank = 0; rank < reserve.size(); ++rank) {
        const auto time = times.of(variants, variants.all[reserve[rank]]).time;
        auto need = need_of(times, variants, reserve[rank], time, lanes);
        need.priority = priority_in_reserve(rank, reserve.size());
        needs.push_back(need);
    }
    std::ranges::sort(
        needs.begin() + chosen, needs.end(), {}, &Need::variant); // as they are listed
    return needs;
}

} // namespace ktstr::planner
