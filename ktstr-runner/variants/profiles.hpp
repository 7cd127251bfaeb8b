// Flag profiles: the ways in which a scheduler's flags can be combined for a test.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::variants {

// Something that a scheduler can be told to do or not to do.
struct Flag {
    std::string name;
    std::vector<std::string> arguments; // of the scheduler, where it is set
    std::vector<std::string> needs;     // names of flags without which it makes no sense
};

// One combination, a bit for each flag in the order of their declaration.
using Profile = std::uint32_t;

inline constexpr std::size_t most_flags = 12; // 4096 profiles; more are a mistake

// What a test asks of its scheduler's flags, by name.
struct FlagWishes {
    std::vector<std::string> required;
    std::vector<std::string> excluded;
};

// Flags that are there twice, need what is not there, or are named by a test and not there (with
// the nearest name); names that cannot be part of a test's.
Result<> check_flags(std::span<const Flag> flags);
Result<> check_wishes(std::span<const Flag> flags, const FlagWishes& wishes);

// All that the wishes leave, the fewest flags first; at least one: required flags bring those that
// they need. Both must have been checked.
std::vector<Profile> profiles(std::span<const Flag> flags, const FlagWishes& wishes);

// The flags' names with `+` in between, or "default" for none.
std::string profile_name(std::span<const Flag> flags, Profile profile);

// Of a name; an unknown one is an error with the nearest.
Result<Profile> profile_named(std::span<const Flag> flags, std::string_view name);

// The arguments of its flags, in the order of their declaration.
std::vector<std::string> profile_arguments(std::span<const Flag> flags, Profile profile);

} // namespace ktstr::variants
