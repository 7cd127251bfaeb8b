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

} // namespace ktstr::variants
