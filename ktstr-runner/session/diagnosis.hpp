// Texts about an attempt in trouble: what the guest's tasks were doing, and the console's last
// lines.
#pragma once

#include "guest/wire/messages.hpp"

#include <string>
#include <string_view>

namespace ktstr::session {

// A table of the tasks, running ones first, each with where it waits and its kernel stack.
std::string render(const wire::Diagnosis& diagnosis);

// The last `lines` lines of a console, without control bytes, each begun with "  | ". Empty for an
// empty console.
std::string console_lines(std::string_view console, std::size_t lines);

} // namespace ktstr::session
