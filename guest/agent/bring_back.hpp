// Sends files that the test has left behind to the host.
#pragma once

#include "guest/agent/window.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::guest {

// Regular files that match an absolute pattern (fnmatch(3) in each part of the path), sorted.
std::vector<std::string> match_files(std::string_view pattern);

// Relative ones are taken from `cwd`.
std::vector<std::string> absolute(std::vector<std::string> patterns, const std::string& cwd);

// Sends what the absolute patterns match. Returns what could not be sent, and why, one each.
std::vector<std::string> bring_back(const std::vector<std::string>& patterns, Channel& channel);

// The directory that an absolute pattern is for, as match_files() names it; absent when there is a
// wildcard in it.
std::optional<std::string> directory_of(std::string_view pattern);

} // namespace ktstr::guest
