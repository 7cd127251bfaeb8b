// Order of kernel releases, and whether one begins with what a user typed.
#pragma once

#include <compare>
#include <string_view>

namespace ktstr::store {

// As people order them: numbers by value, "6.12-rc3" before "6.12", "6.9" before "6.12". What the
// kernel calls 6.15.0-rc3 is 6.15-rc3 here, as kernel.org has it.
std::strong_ordering compare_versions(std::string_view a, std::string_view b);

// "6.12" is a prefix of "6.12", "6.12.95" and "6.12-rc1", not of "6.120".
bool is_version_prefix(std::string_view prefix, std::string_view version);

} // namespace ktstr::store
