// The names of a test's variants, for nextest and in the results:
//   mod::test                              on the machine that it declares
//   gauntlet/mod::test/PRESET/PROFILE      on another, with other flags of its scheduler
// and behind either, where a run has several kernels, the kernel's label.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ktstr::variants {

// What a gauntlet's variant is run on and with, by name.
struct Cell {
    std::string preset;
    std::string profile;

    bool operator==(const Cell&) const = default;
};

std::string gauntlet_name(std::string_view test, std::string_view preset, std::string_view profile);

struct GauntletName {
    std::string test;
    Cell cell;
};

// A test, and which of its variants.
struct VariantName {
    std::string test;         // as its binary knows it
    std::optional<Cell> cell; // absent: on the machine that it declares

    bool operator==(const VariantName&) const = default;

    // In nextest, without the label of its kernel.
    std::string plain() const;
};

// Of a result, by its fields: its name in nextest, its own, and the gauntlet's preset and profile,
// empty where it has none. Results of older runs have no name of their own: then a last part of the
// other that begins with "kernel_" is taken for a label, but where the name is a gauntlet's as it
// is.
VariantName variant_of(std::string_view name,
                       std::string_view own_name,
                       std::string_view preset,
                       std::string_view profile);

// The parts of "gauntlet/mod::test/PRESET/PROFILE", whose kernel's label must be off; absent when
// it has another form. Whether there is such a test, preset or profile is not looked at.
std::optional<GauntletName> gauntlet_parts(std::string_view name);

} // namespace ktstr::variants
