// What decides a deterministic run, as a record has it: "WHAT: VALUE" each.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ktstr::sidecar {

// What two records' inputs differ in, by name, also where one has it alone. Of a record without any
// nothing is known: none.
std::vector<std::string> different_inputs(std::span<const std::string> a,
                                          std::span<const std::string> b);

} // namespace ktstr::sidecar
