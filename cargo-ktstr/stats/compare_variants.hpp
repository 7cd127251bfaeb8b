// The variants of two sides that are held against each other.
#pragma once

#include "cargo-ktstr/stats/compare.hpp"

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ktstr::stats {

struct VariantKey {
    std::string binary;
    std::string test;
    std::string preset;
    std::string profile;
    std::string kernel;         // empty: each side has one, which may be another
    bool deterministic = false; // never held against one that is not
    std::uint64_t seed = 0;     // of a deterministic one

    auto operator<=>(const VariantKey&) const = default;

    // The same test, whatever ran it and with what seed.
    VariantKey of_any_kind() const;

    // Without its kernel, as plans have it.
    std::string plain_name() const;
};

struct Variant {
    Counts counts{};
    std::vector<const Attempt*> last; // of each repetition
    std::vector<const Attempt*> passed;
    std::vector<const Attempt*> told; // of deterministic ones: those with a digest
};

using Variants = std::map<VariantKey, Variant>;

// As reports have them: with the seed of a deterministic one where its test has several.
class VariantNames final {
public:
    VariantNames(const Variants& a, const Variants& b);

    std::string of(const VariantKey& key) const;

private:
    std::map<VariantKey, std::set<std::uint64_t>> seeds_; // by the test
};

// Of attempts on a kernel whose key begins with `kernel`.
Variants variants_of(const Runs& runs, const std::string& kernel, bool by_kernel);

bool is_of_kernel(const Attempt& attempt, const Words& words, const std::string& kernel);

} // namespace ktstr::stats
