#include "cargo-ktstr/stats/programs.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace ktstr::stats {

std::vector<ProgramSums> sum_programs(std::span<const Attempt> attempts, const Words& words) {
    std::map<std::tuple<Word, Word, bool>, ProgramSums> sums; // by scheduler, name, kind
    for (const auto& attempt : attempts) {
        for (const auto& program : attempt.programs) {
            auto& sum = sums[{attempt.scheduler, program.name, attempt.deterministic}];
            sum.verified_insns = std::max(sum.verified_insns, program.verified_insns);
            sum.run_cnt += program.run_cnt;
            sum.run_time_ns += program.run_time_ns;
            ++sum.attempts;
        }
    }
    std::vector<ProgramSums> out;
    for (auto& [which, sum] : sums) {
        const auto& [scheduler, name, deterministic] = which;
        sum.scheduler = printable(words[scheduler]);
        sum.name = printable(words[name]);
        sum.deterministic = deterministic;
        out.push_back(std::move(sum));
    }
    std::ranges::sort(out, [](const ProgramSums& a, const ProgramSums& b) {
        return std::tie(a.scheduler, a.deterministic, b.run_time_ns, a.name) <
               std::tie(b.scheduler, b.deterministic, a.run_time_ns, b.name);
    });
    return out;
}

std::vector<EventSums> sum_events(std::span<const Attempt> attempts, const Words& words) {
    std::map<std::tuple<Word, Word, bool>, EventSums> sums;
    for (const auto& attempt : attempts) {
        for (const auto& event : attempt.events) {
            if (event.count > 0) {
                auto& sum = sums[{attempt.scheduler, event.name, attempt.deterministic}];
                sum.count += event.count;
                ++sum.attempts;
            }
        }
    }
    std::vector<EventSums> out;
    for (auto& [which, sum] : sums) {
        const auto& [scheduler, name, deterministic] = which;
        sum.scheduler = printable(words[scheduler]);
        sum.name = printable(words[name]);
        sum.deterministic = deterministic;
        out.push_back(std::move(sum));
    }
    std::ranges::sort(out, [](const EventSums& a, const EventSums& b) {
        return std::tie(a.scheduler, a.name, a.deterministic) <
               std::tie(b.scheduler, b.name, b.deterministic);
    });
    return out;
}

std::optional<VcpuMeans> mean_vcpus(std::span<const Attempt> attempts) {
    VcpuMeans means;
    for (const auto& attempt : attempts) {
        if (attempt.exits.vcpus == 0) {
            continue;
        }
        ++means.machines;
        means.vcpus += attempt.exits.vcpus;
        const auto& sum = attempt.exits.sum;
        means.exits += static_cast<double>(sum.exits);
        means.halts += static_cast<double>(sum.halts);
        means.halt_wait_ms += static_cast<double>(sum.halt_wait_ns) / 1e6;
        means.preemptions += static_cast<double>(sum.preemptions);
        means.signals += static_cast<double>(sum.signals);
    }
    if (means.vcpus == 0) {
        return std::nullopt;
    }
    for (auto* const sum :
         {&means.exits, &means.halts, &means.halt_wait_ms, &means.preemptions, &means.signals}) {
        *sum /= static_cast<double>(means.vcpus);
    }
    return means;
}

} // namespace ktstr::stats
