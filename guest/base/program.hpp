// Finding a program and its environment as execvp(3) and the shell do.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ktstr::guest {

// Where programs are looked for when the environment has no PATH.
inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// The value of NAME in "NAME=value" strings (null pointers are none); empty when it is not there.
std::string_view variable(std::span<const char* const> environment, std::string_view name);

// execvp's search: where `name` is found on `path`, or `name` itself when it has a slash. One that
// may not be executed is the last resort (its error is the truth); empty when it is nowhere.
std::string find_program(const std::string& name, std::string_view path);

} // namespace ktstr::guest
