// The topology presets of the gauntlet: names that stand for shapes which schedulers are known to
// get wrong. The names are kept for ever, as results are compared by them.
#pragma once

#include "ktstr-runner/topology/topology.hpp"

#include <span>
#include <string>
#include <string_view>

namespace ktstr::variants {

struct Preset {
    std::string_view name;
    Topology topology;
};

// All of them, from small to large; those with several threads in a core only where processors of
// this architecture have such.
std::span<const Preset> presets();

// An unknown name is an error with the nearest one.
Result<const Preset*> preset_named(std::string_view name);

} // namespace ktstr::variants
