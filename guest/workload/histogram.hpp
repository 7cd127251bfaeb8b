// Latencies in buckets that grow with them: exact below 32 ns, then 32 buckets to each power of
// two, so that a bucket's bound is at most 1/32 (3.2 %) above what is in it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace ktstr::workload {

constexpr unsigned bucket_bits = 5;
constexpr unsigned latency_bits = 40; // longer ones (18 min) count as that
constexpr std::size_t bucket_count = std::size_t{latency_bits - bucket_bits + 1} << bucket_bits;

std::size_t bucket_of(std::uint64_t ns);

// The first latency that is above the bucket.
std::uint64_t bucket_end(std::size_t bucket);

using Buckets = std::array<std::uint64_t, bucket_count>;

// The latency that `share` (0 to 1) of the samples do not exceed, as its bucket's bound: too high
// by 3.2 % at most. 0 without samples.
std::uint64_t percentile(const Buckets& buckets, double share);

} // namespace ktstr::workload
