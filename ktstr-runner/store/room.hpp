// $KTSTR_KERNELS_MAX: how much of the disk the entries may take.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace ktstr::store {

// Bytes; absent when it is unset: no limit. Nonsense is an error that names the variable.
Result<std::optional<std::uint64_t>> size_cap();

// Removes entries, those not used for the longest time first, until the rest takes at most `cap`;
// never `but`, and none that is in use. Says which.
void make_room(const std::filesystem::path& root, std::uint64_t cap, std::string_view but);

} // namespace ktstr::store
