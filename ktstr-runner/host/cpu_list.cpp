#include "ktstr-runner/host/cpu_list.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ktstr::host {

namespace {

// Above any number that Linux can give (NR_CPUS is at most 8192), so that a damaged file costs no
// memory.
constexpr std::uint64_t cpu_numbers = 1 << 16;

} // namespace

std::optional<CpuList> parse_cpu_list(std::string_view text) {
    CpuList cpus;
    text = trim(text);
    if (text.empty()) {
        return cpus;
    }
    for (const auto& part : split(text, ',')) {
        const auto ends = split(part, '-');
        const auto first = parse_u64(ends.front());
        const auto last = parse_u64(ends.back());
        if (ends.size() > 2 || !first || !last || *first > *last || *last >= cpu_numbers) {
            return std::nullopt;
        }
        for (auto cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(static_cast<unsigned>(cpu));
        }
    }
    return as_cpu_list(std::move(cpus));
}

std::string cpu_list_text(std::span<const unsigned> cpus) {
    std::string text;
    for (std::size_t i = 0; i < cpus.size();) {
        auto end = i + 1;
        while (end < cpus.size() && cpus[end] == cpus[end - 1] + 1) {
            ++end;
        }
        text += text.empty() ? "" : ",";
        text += end - i == 1 ? fmt::format("{}", cpus[i])
                             : fmt::format("{}-{}", cpus[i], cpus[end - 1]);
        i = end;
    }
    return text;
}

bool contains(const CpuList& list, unsigned cpu) {
    return std::ranges::binary_search(list, cpu);
}

CpuList common(const CpuList& one, const CpuList& other) {
    CpuList both;
    std::ranges::set_intersection(one, other, std::back_inserter(both));
    return both;
}

CpuList without(const CpuList& list, const CpuList& others) {
    CpuList rest;
    std::ranges::set_difference(list, others, std::back_inserter(rest));
    return rest;
}

CpuList as_cpu_list(std::vector<unsigned> cpus) {
    std::ranges::sort(cpus);
    const auto [first, last] = std::ranges::unique(cpus);
    cpus.erase(first, last);
    return cpus;
}

} // namespace ktstr::host
