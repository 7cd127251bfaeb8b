// The numbers that an attempt's seed stands for, on the host and in the guest.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace ktstr::wire {

// splitmix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
class Random final {
public:
    explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        auto value = state_;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31);
    }

    // Less than `limit`, which is not 0.
    constexpr std::uint64_t below(std::uint64_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

// What a seed varies: the table in docs/design/deterministic.md. Each has numbers of its own, so
// that one that draws more changes none of the others.
enum class Varied : std::uint64_t { turns = 1, program, engine, slack };

// Seeds from here on vary nothing but the random data. A test's own, from its name, is one: what is
// measured under it is the test's, and not of what was varied.
inline constexpr std::uint64_t first_plain_seed = std::uint64_t{1} << 62;

// A test's own seed, by a hash of its name; small enough for JSON of all kinds.
constexpr std::uint64_t own_seed(std::uint64_t hash) {
    return hash % first_plain_seed + first_plain_seed;
}

// 0, of 0 and of plain seeds, varies nothing.
constexpr std::uint64_t seed_of(std::uint64_t seed, Varied what) {
    if (seed == 0 || seed >= first_plain_seed) {
        return 0;
    }
    const auto own = Random(Random(seed).next() ^ static_cast<std::uint64_t>(what)).next();
    return own == 0 ? 1 : own;
}

// 0 to `count` - 1 in an order of its own: Knuth, The Art of Computer Programming, 3.4.2,
// algorithm P.
inline std::vector<unsigned> shuffled(unsigned count, Random& random) {
    std::vector<unsigned> order(count);
    std::iota(order.begin(), order.end(), 0U);
    for (auto left = count; left > 1; --left) {
        std::swap(order[left - 1], order[random.below(left)]);
    }
    return order;
}

} // namespace ktstr::wire
