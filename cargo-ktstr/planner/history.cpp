#include "cargo-ktstr/planner/history.hpp"

#include "ktstr-runner/sidecar/run_directory.hpp"

#include <algorithm>
#include <cmath>

namespace ktstr::planner {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_of_a_size = 15; // attempts of a test, on machines with as many vCPUs

// "t" of "gauntlet/t/tiny-1llc/default"; another name is its own.
std::string test_of(const std::string& name) {
    constexpr std::string_view begin = "gauntlet/";
    if (!name.starts_with(begin)) {
        return name;
    }
    return name.substr(begin.size(), name.find('/', begin.size()) - begin.size());
}

} // namespace

void History::add(const Lesson& lesson) {
    auto& known = known_[lesson.which];
    known.failed_last = !lesson.passed;
    (lesson.passed ? known.passed_ns : known.failed_ns)[lesson.backend].push_back(lesson.wall_ns);
    const BinaryAndTest test{lesson.which.binary_id, test_of(lesson.which.name)};
    if (!lesson.work.empty()) { // an attempt that ended early may have done less
        work_[test].insert(lesson.work.begin(), lesson.work.end());
    }
    if (lesson.passed) {
        auto& newest = by_vcpus_[{lesson.backend, test}][lesson.vcpus];
        newest.push_back(lesson.wall_ns);
        if (newest.size() > most_of_a_size) {
            newest.pop_front();
        }
    }
}

void History::add(const sidecar::Record& record) {
    if (const auto lesson = lesson_of(record)) {
        add(*lesson);
    }
}

const std::set<std::string>& History::work_of(const std::string& binary_id,
                                              const std::string& test) const {
    static const std::set<std::string> unknown;
    const auto found = work_.find({binary_id, test});
    return found == work_.end() ? unknown : found->second;
}

const History::Known* History::find(const Which& which) const {
    const auto found = known_.find(which);
    return found == known_.end() ? nullptr : &found->second;
}

std::optional<std::chrono::nanoseconds> History::p95(const Which& which, Backend backend) const {
    const auto* const known = find(which);
    if (known == nullptr) {
        return std::nullopt;
    }
    const auto& tell = known->passed_ns.contains(backend) ? known->passed_ns : known->failed_ns;
    const auto found = tell.find(backend);
    if (found == tell.end()) {
        return std::nullopt;
    }
    auto all = found->second;
    const auto rank = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(all.size())));
    const auto nth = all.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::ranges::nth_element(all, nth);
    return std::chrono::nanoseconds(*nth);
}

std::optional<std::chrono::nanoseconds> History::like(const std::string& binary_id,
                                                      const std::string& test,
                                                      Backend backend,
                                                      unsigned vcpus) const {
    const auto found = by_vcpus_.find({
        backend, {binary_id, test}
    });
    if (found == by_vcpus_.end()) {
        return std::nullopt;
    }
    const auto distance = [&](const auto& size) {
        return std::max(size.first, vcpus) - std::min(size.first, vcpus);
    };
    const auto nearest = std::ranges::min_element(found->second, {}, distance);
    std::vector<std::int64_t> times(nearest->second.begin(), nearest->second.end());
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    const std::chrono::nanoseconds median(*middle);
    return std::max(median / 2,
                    median + (estimate(backend, vcpus, 0) - estimate(backend, nearest->first, 0)));
}

bool History::failed_last(const Which& which) const {
    const auto* const known = find(which);
    return known != nullptr && known->failed_last;
}

History read_history(const std::filesystem::path& target, std::size_t most_runs) {
    History history;
    const auto runs = sidecar::all_runs(target);
    if (!runs) {
        return history; // there was none yet
    }
    const auto first = runs->size() - std::min(runs->size(), most_runs);
    for (auto run = runs->begin() + static_cast<std::ptrdiff_t>(first); run != runs->end(); ++run) {
        for (const auto& lesson : lessons_of(*run)) {
            history.add(lesson);
        }
    }
    return history;
}

// A machine that is restored or forked, its scheduler attached; what makes the first one of a kind
// is not told to any test. Measured on two emulated CPUs and in the lab (docs/design/planning.md).
std::chrono::nanoseconds estimate(Backend backend, unsigned vcpus, std::uint64_t duration_ms) {
    constexpr std::uint64_t longest_ms = 366ULL * 24 * 3600 * 1000; // what a test says, in bounds
    const auto body = std::chrono::milliseconds(std::min(duration_ms, longest_ms));
    switch (backend) {
    case Backend::host:
        return body + 100ms;
    case Backend::kvm:
        return body + 300ms + vcpus * 10ms;
    case Backend::emulated:
    case Backend::deterministic:
        break;
    }
    return body + 700ms + vcpus * 100ms;
}

} // namespace ktstr::planner
