// Help text from the tables: for a terminal, and the reference page in Markdown.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>
#include <string_view>

namespace ktstr::cli {

// `program` is "cargo ktstr" or "ktstr".
std::string overview(std::string_view program, std::span<const Command> commands);
std::string help(std::string_view program, const Command& command);

// docs/reference/cli.md
std::string reference(std::span<const Command> commands);

} // namespace ktstr::cli
