#include "cargo-ktstr/planner/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::planner {

namespace {

// "5-8" of 6.
std::string bucket(unsigned value, std::span<const unsigned> ends) {
    unsigned begin = 1;
    for (const auto end : ends) {
        if (value <= end) {
            return fmt::format("{}-{}", begin, end);
        }
        begin = end + 1;
    }
    return fmt::format("{}-", begin);
}

constexpr std::array cpu_ends{4U, 8U, 16U, 64U, 128U};
constexpr std::array llc_ends{1U, 2U, 4U, 8U};
constexpr std::array node_ends{1U, 2U};

} // namespace

Features::Features(const Variants& variants, const Times& times) : variants_(variants) {
    for (std::size_t i = 0; i < variants.tests.size(); ++i) {
        const auto& test = variants.tests[i];
        tests_.push_back({number(fmt::format("test {}", i)),
                          number("scheduler " + test.scheduler),
                          number(test.expects_error ? "expects an error" : "expects none"),
                          number(test.on_host       ? "on the host"
                                 : test.performance ? "on CPUs of its own"
                                                    : "in a machine")});
        for (const auto& kind :
             times.history.work_of(times.list.suites[test.suite].binary_id, test.name)) {
            tests_.back().push_back(number("work " + kind));
        }
        topologies_.push_back(test.on_host ? std::vector<std::uint32_t>{}
                                           : of_topology(test.topology));
        auto& of_profiles = profiles_.emplace_back();
        for (const auto profile :
             test.gauntlet ? test.gauntlet->profiles : std::vector<variants::Profile>{}) {
            auto& of_profile = of_profiles.emplace_back();
            for (std::size_t flag = 0; flag < test.flags.size(); ++flag) {
                of_profile.push_back(number(fmt::format(
                    "flag {} {} {}", test.scheduler, test.flags[flag].name, profile >> flag & 1U)));
            }
        }
    }
    as_declared_ = number("as it is declared"); // what its limits were chosen for
    as_gauntlet_ = number("of the gauntlet");
    for (const auto& preset : variants::presets()) {
        topologies_.push_back(of_topology(preset.topology));
    }
    for (const auto& kernel : times.kernels) {
        kernels_.push_back(number("kernel " + kernel.entry.key));
    }
}

std::uint32_t Features::number(const std::string& feature) {
    return numbers_.try_emplace(feature, static_cast<std::uint32_t>(numbers_.size())).first->second;
}

std::vector<std::uint32_t> Features::of_topology(const Topology& topology) {
    return {number("cpus " + bucket(topology.vcpus(), cpu_ends)),
            number("llcs " + bucket(topology.llcs, llc_ends)),
            number("nodes " + bucket(topology.nodes, node_ends)),
            number(topology.threads > 1 ? "smt" : "no smt")};
}

std::vector<std::uint32_t> Features::of(const Variant& variant) const {
    auto all = tests_[variant.test];
    const auto add = [&](const std::vector<std::uint32_t>& more) {
        all.insert(all.end(), more.begin(), more.end());
    };
    const bool declared = variant.preset == Variant::none;
    all.push_back(declared ? as_declared_ : as_gauntlet_);
    add(topologies_[declared ? variant.test : variants_.tests.size() + variant.preset]);
    if (const auto& of_profiles = profiles_[variant.test]; !of_profiles.empty()) {
        add(of_profiles[declared ? 0 : variant.profile]);
    }
    if (variant.kernel != Variant::none) {
        all.push_back(kernels_[variant.kernel]);
    }
    std::ranges::sort(all);
    return all;
}

std::size_t Pairs::fresh(const std::vector<std::uint32_t>& features) const {
    std::size_t fresh = 0;
    for (std::size_t i = 0; i < features.size(); ++i) {
        for (std::size_t j = i + 1; j < features.size(); ++j) {
            fresh += seen_[features[i] * features_ + features[j]] ? 0 : 1;
        }
    }
    return fresh;
}

void Pairs::add(const std::vector<std::uint32_t>& features) {
    for (std::size_t i = 0; i < features.size(); ++i) {
        for (std::size_t j = i + 1; j < features.size(); ++j) {
            const auto at = features[i] * features_ + features[j];
            count_ += seen_[at] ? 0 : 1;
            seen_[at] = true;
        }
    }
}

} // namespace ktstr::planner
