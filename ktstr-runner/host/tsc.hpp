// The rate of this host's time stamp counter. A guest that is not told it calibrates against an
// emulated timer, which on a busy host fails and may hang the boot.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/host/fact_cache.hpp"

#include <cstdint>
#include <optional>

namespace ktstr::host {

// What the processor or the hypervisor says; absent when they say nothing. SDM, CPUID leaf 0x15;
// hypervisor CPUID leaf 0x40000010 (kHz in EAX).
std::optional<std::uint64_t> tsc_khz_from_cpuid();

// Against the monotonic clock for about 10 ms; right to about 0.01 %.
std::uint64_t measure_tsc_khz();

// The first of these that gives an answer, remembered for this boot.
std::uint64_t tsc_khz(const FactCache& cache);

} // namespace ktstr::host
