#include "cargo-ktstr/planner/times.hpp"

namespace ktstr::planner {

Expected Times::of(const Variants& variants, const Variant& variant) const {
    const auto& test = variants.test_of(variant);
    const auto on = test.on_host ? Backend::host : backend;
    const auto learned =
        history.p95(list.suites[test.suite].binary_id, variants.name_of(variant, kernels), on);
    return learned ? Expected{.time = *learned, .learned = true}
                   : Expected{.time = estimate(
                                  on, variants.topology_of(variant).vcpus(), test.duration_ms)};
}

} // namespace ktstr::planner
