#include "cargo-ktstr/planner/times.hpp"

namespace ktstr::planner {

Which Times::which(const Variants& variants, const Variant& variant) const {
    const auto& test = variants.test_of(variant);
    const bool boots = variant.kernel != Variant::none;
    return {.binary_id = list.suites[test.suite].binary_id,
            .name = variants.plain_name_of(variant),
            .kernel_key = boots ? kernels[variant.kernel].entry.key : ""};
}

Backend Times::backend_of(const PlannedTest& test) const {
    if (test.on_host) {
        return Backend::host;
    }
    if (test.deterministic) {
        return Backend::deterministic;
    }
    const std::string_view machine = machine_asked ? "" : std::string_view(test.machine);
    return machine == "det"                            ? Backend::deterministic
           : machine == "qemu-tcg"                     ? Backend::emulated
           : machine == "kvm" || machine == "qemu-kvm" ? Backend::kvm
                                                       : backend;
}

Expected Times::of(const Variants& variants, const Variant& variant) const {
    const auto& test = variants.test_of(variant);
    const auto on = backend_of(test);
    if (const auto learned = history.p95(which(variants, variant), on)) {
        return {.time = *learned, .learned = true};
    }
    const auto vcpus = on == Backend::host ? 0 : variants.topology_of(variant).vcpus();
    const auto& binary = list.suites[test.suite].binary_id;
    const auto like = history.like(binary, test.name, on, vcpus);
    return {.time = like.value_or(estimate(on, vcpus, test.duration_ms)), .like = like.has_value()};
}

} // namespace ktstr::planner
