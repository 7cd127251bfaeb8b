// What somebody who wrote an unknown name most likely meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ktstr::workload {

// The known name that takes the fewest edits, or empty when none is near (more than a third of the
// longer one's letters differ).
std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

} // namespace ktstr::workload
