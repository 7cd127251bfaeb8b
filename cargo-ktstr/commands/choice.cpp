#include "cargo-ktstr/commands/choice.hpp"

#include "ktstr-runner/base/log.hpp"

namespace ktstr::commands {

std::optional<std::string> choose(std::string_view option,
                                  const std::optional<std::string>& given,
                                  std::string_view variable,
                                  const std::optional<std::string>& inherited) {
    const bool set = inherited && !inherited->empty();
    if (given && set && *given != *inherited) {
        say("{} {} is used, not {}={} of the environment", option, *given, variable, *inherited);
    }
    return given ? given : set ? inherited : std::nullopt;
}

} // namespace ktstr::commands
