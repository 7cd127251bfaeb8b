// Whether a kernel is among those that somebody means by a spec: of what is declared, not of what
// is to be booted.
#pragma once

#include "ktstr-runner/store/store.hpp"

#include <string_view>

namespace ktstr::store {

// `spec` is a version, a range, a git+URL#REF or a key of kernel_spec.hpp's grammar, or a range
// that is open at one end: "6.14..", "..6.14". A version stands for all of its series, and both
// ends of a range for theirs: 6.14.3 and 6.14-rc2 are in "6.12..6.14". A branch stands for what was
// last made of it. What is none of these is an error, so that a slip is not taken for another
// kernel; a path, which is there on one host alone, too.
Result<bool> kernel_fits(std::string_view spec, const Entry& kernel);

} // namespace ktstr::store
