// One sidecar for people.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <string>
#include <string_view>

namespace ktstr::stats {

// The fields of a sidecar's text that say something, a line or a block each.
std::string describe(const sidecar::Record& record, std::string_view text);

// Of each field that is absent in `text`, or empty, why that is; `record` is what was read from it.
std::string explain(const sidecar::Record& record, std::string_view text);

} // namespace ktstr::stats
