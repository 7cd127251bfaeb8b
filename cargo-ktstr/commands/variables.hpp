// The environment variables that ktstr's programs read.
#pragma once

#include <span>
#include <string_view>

namespace ktstr::commands {

struct Variable {
    std::string_view name;
    std::string_view meaning;
};

std::span<const Variable> variables();

} // namespace ktstr::commands
