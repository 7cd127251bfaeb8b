// A set of CPUs, or of NUMA nodes, by their numbers.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::workload {

constexpr unsigned most_cpus = 1024; // of a cpu_set_t too

class CpuSet final {
public:
    CpuSet() = default;

    // All must be below most_cpus.
    explicit CpuSet(const std::vector<unsigned>& cpus);

    static CpuSet one(unsigned cpu);

    // The kernel's list format, "0-3,8"; absent when it is none.
    static std::optional<CpuSet> parse(std::string_view text);

    void add(unsigned cpu) { bits_.set(cpu); }

    bool has(unsigned cpu) const { return cpu < most_cpus && bits_.test(cpu); }

    bool empty() const { return bits_.none(); }

    std::size_t size() const { return bits_.count(); }

    std::vector<unsigned> numbers() const;
    std::string text() const; // in the kernel's list format

    CpuSet operator&(const CpuSet& other) const { return CpuSet(bits_ & other.bits_); }

    CpuSet operator|(const CpuSet& other) const { return CpuSet(bits_ | other.bits_); }

    CpuSet without(const CpuSet& other) const { return CpuSet(bits_ & ~other.bits_); }

    bool operator==(const CpuSet&) const = default;

private:
    explicit CpuSet(const std::bitset<most_cpus>& bits) : bits_(bits) {}

    std::bitset<most_cpus> bits_;
};

} // namespace ktstr::workload
