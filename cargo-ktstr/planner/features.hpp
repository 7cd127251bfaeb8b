// What a variant tries: the features that a budget wants to see together, two and two.
#pragma once

#include "cargo-ktstr/planner/times.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace ktstr::planner {

// Numbers for features: the test, its scheduler, each of the scheduler's flags set or not, buckets
// of CPUs, LLCs and NUMA nodes, SMT, performance mode, the kernel, what is expected, the kinds of
// work that it did when it ran before, whether it is the test as it is declared.
class Features final {
public:
    Features(const Variants& variants, const Times& times);

    // Of a variant, in rising order; all different.
    std::vector<std::uint32_t> of(const Variant& variant) const;

    std::size_t count() const { return numbers_.size(); }

private:
    std::uint32_t number(const std::string& feature);
    std::vector<std::uint32_t> of_topology(const Topology& topology);

    const Variants& variants_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::vector<std::uint32_t>> tests_;      // of each test, whatever its variant
    std::vector<std::vector<std::uint32_t>> topologies_; // of each test's own, then of the presets
    std::vector<std::vector<std::vector<std::uint32_t>>> profiles_; // of each test's profiles
    std::vector<std::uint32_t> kernels_;
    std::uint32_t as_declared_ = 0;
    std::uint32_t as_gauntlet_ = 0;
};

// Pairs of features that have been seen.
class Pairs final {
public:
    explicit Pairs(std::size_t features) : features_(features), seen_(features * features) {}

    // How many pairs of these would be new; `features` in rising order.
    std::size_t fresh(const std::vector<std::uint32_t>& features) const;
    void add(const std::vector<std::uint32_t>& features);

    std::size_t count() const { return count_; }

private:
    std::size_t features_;
    std::vector<bool> seen_;
    std::size_t count_ = 0;
};

} // namespace ktstr::planner
