#include "guest/workload/cpu_set.hpp"

#include <algorithm>
#include <charconv>

namespace ktstr::workload {

CpuSet::CpuSet(const std::vector<unsigned>& cpus) {
    for (const auto cpu : cpus) {
        bits_.set(cpu);
    }
}

CpuSet CpuSet::one(unsigned cpu) {
    CpuSet set;
    set.add(cpu);
    return set;
}

namespace {

std::optional<unsigned> parse_number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value >= most_cpus) {
        return std::nullopt;
    }
    return value;
}

} // namespace

std::optional<CpuSet> CpuSet::parse(std::string_view text) {
    CpuSet set;
    while (!text.empty() && text.back() == '\n') {
        text.remove_suffix(1);
    }
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto dash = part.find('-');
        const auto first = parse_number(part.substr(0, dash));
        const auto last =
            dash == std::string_view::npos ? first : parse_number(part.substr(dash + 1));
        if (!first || !last || *first > *last) {
            return std::nullopt;
        }
        for (auto cpu = *first; cpu <= *last; ++cpu) {
            set.add(cpu);
        }
    }
    return set;
}

std::vector<unsigned> CpuSet::numbers() const {
    std::vector<unsigned> found;
    for (unsigned cpu = 0; cpu < most_cpus; ++cpu) {
        if (bits_.test(cpu)) {
            found.push_back(cpu);
        }
    }
    return found;
}

std::string CpuSet::text() const {
    std::string text;
    for (unsigned cpu = 0; cpu < most_cpus; ++cpu) {
        if (!bits_.test(cpu)) {
            continue;
        }
        const auto first = cpu;
        while (has(cpu + 1)) {
            ++cpu;
        }
        text += (text.empty() ? "" : ",") + std::to_string(first);
        text += cpu > first ? "-" + std::to_string(cpu) : "";
    }
    return text;
}

} // namespace ktstr::workload
