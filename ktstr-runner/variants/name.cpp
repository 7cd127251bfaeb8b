#include "ktstr-runner/variants/name.hpp"

#include <fmt/format.h>

namespace ktstr::variants {

namespace {

constexpr std::string_view prefix = "gauntlet/";

} // namespace

std::string
gauntlet_name(std::string_view test, std::string_view preset, std::string_view profile) {
    return fmt::format("{}{}/{}/{}", prefix, test, preset, profile);
}

std::optional<GauntletName> gauntlet_parts(std::string_view name) {
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    name.remove_prefix(prefix.size());
    const auto profile = name.rfind('/');
    if (profile == std::string_view::npos || profile == 0) {
        return std::nullopt;
    }
    const auto preset = name.rfind('/', profile - 1);
    if (preset == std::string_view::npos || preset == 0) {
        return std::nullopt;
    }
    return GauntletName{
        .test = std::string(name.substr(0, preset)),
        .cell = {.preset = std::string(name.substr(preset + 1, profile - preset - 1)),
                 .profile = std::string(name.substr(profile + 1))}
    };
}

std::string VariantName::plain() const {
    return cell ? gauntlet_name(test, cell->preset, cell->profile) : test;
}

namespace {

VariantName guessed_from(std::string_view name) {
    const auto slash = name.rfind('/');
    const bool labelled =
        slash != std::string_view::npos && name.substr(slash + 1).starts_with("kernel_");
    const auto parts = gauntlet_parts(labelled ? name.substr(0, slash) : name);
    // Tests of the gauntlet are Rust's, whose names have no slash.
    if (parts && parts->test.find('/') == std::string::npos) {
        return {.test = parts->test, .cell = parts->cell};
    }
    if (const auto whole = gauntlet_parts(name); whole && labelled) {
        return {.test = whole->test, .cell = whole->cell};
    }
    return {.test = std::string(labelled ? name.substr(0, slash) : name), .cell = std::nullopt};
}

} // namespace

VariantName variant_of(std::string_view name,
                       std::string_view own_name,
                       std::string_view preset,
                       std::string_view profile) {
    if (own_name.empty()) {
        return guessed_from(name);
    }
    auto cell =
        preset.empty()
            ? std::nullopt
            : std::optional(Cell{.preset = std::string(preset), .profile = std::string(profile)});
    return {.test = std::string(own_name), .cell = std::move(cell)};
}

} // namespace ktstr::variants
