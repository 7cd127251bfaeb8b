#include "cargo-ktstr/planner/variants.hpp"

#include <algorithm>
#include <array>

namespace ktstr::planner {

namespace {

constexpr std::array<std::string_view, left_count> words{"runs",
                                                         "filtered",
                                                         "shard",
                                                         "ignored",
                                                         "not-asked",
                                                         "constraints",
                                                         "no-room",
                                                         "kernel",
                                                         "reserve",
                                                         "budget"};

} // namespace

std::string_view word(Left left) {
    return words.at(static_cast<std::size_t>(left));
}

const Topology& Variants::topology_of(const Variant& variant) const {
    const auto& test = test_of(variant);
    return variant.preset == Variant::none
               ? test.topology
               : test.gauntlet->presets[variant.preset].preset->topology;
}

std::string Variants::profile_of(const Variant& variant) const {
    const auto& test = test_of(variant);
    if (!test.gauntlet || test.flags.empty()) {
        return variant.preset == Variant::none ? "" : "default";
    }
    const auto& profiles = test.gauntlet->profiles;
    const auto index = variant.profile == Variant::none ? 0 : variant.profile; // the fewest
    return variants::profile_name(test.flags, profiles[index]);
}

std::string Variants::plain_name_of(const Variant& variant) const {
    const auto& test = test_of(variant);
    return variant.preset == Variant::none
               ? test.name
               : variants::gauntlet_name(test.name,
                                         test.gauntlet->presets[variant.preset].preset->name,
                                         profile_of(variant));
}

std::string Variants::name_of(const Variant& variant,
                              std::span<const PlannedKernel> kernels) const {
    auto name = plain_name_of(variant);
    if (variant.kernel != Variant::none && !kernels[variant.kernel].label.empty()) {
        name += "/" + kernels[variant.kernel].label;
    }
    return name;
}

std::string Variants::reason_of(const Variant& variant) const {
    const auto& test = test_of(variant);
    switch (variant.left) {
    case Left::runs:
        return "";
    case Left::filtered:
        return "nextest's filters leave it out";
    case Left::shard:
        return "another part of the run has it";
    case Left::ignored:
        return "it is an ignored test";
    case Left::not_asked:
        return "the gauntlet was not asked for";
    case Left::constraints:
    case Left::no_room:
        return test.gauntlet->presets[variant.preset].why_not.value_or("");
    case Left::kernel:
        return test.unfit[variant.kernel].value_or("");
    case Left::reserve:
        return "it begins when the chosen ones are done, if the budget has time for it then";
    case Left::budget:
        return "others cover more in the time that there is";
    }
    return "";
}

std::size_t count(const Variants& variants, Left left) {
    return static_cast<std::size_t>(std::ranges::count(variants.all, left, &Variant::left));
}

void count_tests(const Variants& variants, std::span<PlannedKernel> kernels) {
    for (auto& kernel : kernels) {
        kernel.tests = 0;
    }
    for (const auto& variant : variants.all) {
        const auto* const answer = variants.answer_of(variant);
        if (answer != nullptr && answer->matches && variant.kernel != Variant::none) {
            ++kernels[variant.kernel].tests;
        }
    }
}

} // namespace ktstr::planner
