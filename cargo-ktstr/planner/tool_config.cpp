#include "cargo-ktstr/planner/tool_config.hpp"

#include <fmt/format.h>

namespace ktstr::planner {

std::string tool_config() {
    return fmt::format(
        "# Made by cargo ktstr for one run. Nothing here outranks .config/nextest.toml.\n"
        "nextest-version = {{ required = \"{}\", recommended = \"{}\" }}\n",
        required_nextest,
        recommended_nextest);
}

} // namespace ktstr::planner
