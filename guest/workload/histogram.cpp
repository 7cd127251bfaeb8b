#include "guest/workload/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace ktstr::workload {

std::size_t bucket_of(std::uint64_t ns) {
    ns = std::min(ns, (std::uint64_t{1} << latency_bits) - 1);
    if (ns < (1U << bucket_bits)) {
        return ns;
    }
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - bucket_bits;
    return (std::size_t{shift} << bucket_bits) + (ns >> shift);
}

std::uint64_t bucket_end(std::size_t bucket) {
    if (bucket < (1U << bucket_bits)) {
        return bucket + 1;
    }
    const auto shift = (bucket >> bucket_bits) - 1;
    return (bucket - (shift << bucket_bits) + 1) << shift;
}

std::uint64_t percentile(const Buckets& buckets, double share) {
    const auto samples = std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
    if (samples == 0) {
        return 0;
    }
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(samples))));
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
        below += buckets[bucket];
        if (below >= rank) {
            return bucket_end(bucket) - 1;
        }
    }
    return bucket_end(buckets.size() - 1);
}

} // namespace ktstr::workload
