#include "ktstr-runner/host/tsc.hpp"

#include "ktstr-runner/base/text.hpp"

#include <cpuid.h>
#include <time.h>
#include <x86intrin.h>

#include <limits>

namespace ktstr::host {

namespace {

constexpr std::string_view fact = "tsc-khz";

struct Leaf {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(unsigned leaf) {
    Leaf out;
    __cpuid_count(leaf, 0, out.eax, out.ebx, out.ecx, out.edx);
    return out;
}

struct Instant {
    std::uint64_t tsc;
    std::int64_t ns;
};

// Both clocks at one moment: of several tries the one with the least between the two readings of
// the counter.
Instant now() {
    Instant best{};
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 16; ++i) {
        timespec at{};
        const auto before = __rdtsc();
        ::clock_gettime(CLOCK_MONOTONIC_RAW, &at);
        const auto after = __rdtsc();
        if (after - before < least) {
            least = after - before;
            best = {before + least / 2, std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec};
        }
    }
    return best;
}

std::optional<std::uint64_t> recall(const FactCache& cache, const std::string& key) {
    const auto remembered = cache.recall(fact, key);
    const auto khz = remembered ? parse_u64(*remembered) : std::nullopt;
    return khz && *khz > 0 ? khz : std::nullopt;
}

} // namespace

std::optional<std::uint64_t> tsc_khz_from_cpuid() {
    constexpr unsigned hypervisor_present = 1U << 31; // CPUID.1:ECX
    if (cpuid(0).eax >= 0x15) {
        const auto clock = cpuid(0x15); // TSC = crystal Hz (ECX) * EBX / EAX
        if (clock.eax != 0 && clock.ebx != 0 && clock.ecx != 0) {
            return std::uint64_t{clock.ecx} * clock.ebx / clock.eax / 1000;
        }
    }
    if ((cpuid(1).ecx & hypervisor_present) != 0 && cpuid(0x40000000).eax >= 0x40000010) {
        if (const auto khz = cpuid(0x40000010).eax; khz != 0) {
            return khz;
        }
    }
    return std::nullopt;
}

std::uint64_t measure_tsc_khz() {
    constexpr std::int64_t span_ns = 10'000'000;
    const auto start = now();
    auto end = now();
    while (end.ns - start.ns < span_ns) {
        const timespec nap{.tv_sec = 0, .tv_nsec = span_ns - (end.ns - start.ns)};
        ::nanosleep(&nap, nullptr);
        end = now();
    }
    __extension__ using Wide = unsigned __int128;
    const auto khz =
        Wide{end.tsc - start.tsc} * 1'000'000 / static_cast<std::uint64_t>(end.ns - start.ns);
    return static_cast<std::uint64_t>(khz);
}

std::uint64_t tsc_khz(const FactCache& cache) {
    if (const auto told = tsc_khz_from_cpuid()) {
        return *told;
    }
    const auto key = boot_key();
    if (const auto khz = recall(cache, key)) {
        return *khz;
    }
    // Two that measure at once get two rates, and with them machines that are not the same.
    const auto alone = cache.lock(fact);
    if (const auto khz = recall(cache, key)) {
        return *khz;
    }
    const auto khz = measure_tsc_khz();
    cache.remember(fact, key, std::to_string(khz));
    return khz;
}

} // namespace ktstr::host
