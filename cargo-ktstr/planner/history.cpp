#include "cargo-ktstr/planner/history.hpp"

#include "ktstr-runner/sidecar/run_directory.hpp"

#include <algorithm>
#include <cmath>

namespace ktstr::planner {

using namespace std::chrono_literals;

std::optional<Backend> backend_of(const sidecar::Record& record) {
    if (record.host_only) {
        return Backend::host;
    }
    if (record.machine.empty()) {
        return std::nullopt;
    }
    return record.machine.find("tcg") != std::string::npos ? Backend::emulated : Backend::kvm;
}

namespace {

// A label as `cargo ktstr test` makes it: the last part of a name.
std::string without_label(const std::string& name) {
    const auto slash = name.rfind('/');
    const bool labelled = slash != std::string::npos &&
                          std::string_view(name).substr(slash + 1).starts_with("kernel_");
    return labelled ? name.substr(0, slash) : name;
}

} // namespace

void History::add(const sidecar::Record& record) {
    const auto backend = backend_of(record);
    if (!backend || record.verdict == sidecar::Verdict::skip) {
        return; // nothing was tried
    }
    auto& known = known_[{.binary_id = record.binary_id,
                          .name = without_label(record.test),
                          .kernel_key = record.host_only ? "" : record.kernel_key}];
    known.failed_last = record.verdict != sidecar::Verdict::pass;
    known.wall_ns[*backend].push_back(record.wall_ns);
}

const History::Known* History::find(const Which& which) const {
    const auto found = known_.find(which);
    return found == known_.end() ? nullptr : &found->second;
}

std::optional<std::chrono::nanoseconds> History::p95(const Which& which, Backend backend) const {
    const auto* const known = find(which);
    if (known == nullptr || !known->wall_ns.contains(backend)) {
        return std::nullopt;
    }
    auto all = known->wall_ns.at(backend);
    const auto rank = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(all.size())));
    const auto nth = all.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::ranges::nth_element(all, nth);
    return std::chrono::nanoseconds(*nth);
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
        const auto read = sidecar::read_run(*run);
        for (const auto& record : read ? read->records : std::vector<sidecar::Record>{}) {
            history.add(record);
        }
    }
    return history;
}

// A machine that is restored or forked, its scheduler attached; what makes the first one of a kind
// is not told to any test. Measured on two emulated CPUs and in the lab (docs/design/planning.md).
std::chrono::nanoseconds estimate(Backend backend, unsigned vcpus, std::uint64_t duration_ms) {
    const auto body = std::chrono::milliseconds(duration_ms);
    switch (backend) {
    case Backend::host:
        return body + 100ms;
    case Backend::kvm:
        return body + 300ms + vcpus * 10ms;
    case Backend::emulated:
        break;
    }
    return body + 700ms + vcpus * 100ms;
}

} // namespace ktstr::planner
