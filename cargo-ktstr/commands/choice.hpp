// What was chosen by an option or by its environment variable: the option wins, and a conflict is
// said in one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ktstr::commands {

std::optional<std::string> choose(std::string_view option,
                                  const std::optional<std::string>& given,
                                  std::string_view variable,
                                  const std::optional<std::string>& inherited);

} // namespace ktstr::commands
