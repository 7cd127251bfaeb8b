// Which build gives which kernel, known before its sources are here: what makes a download, and a
// look at other machines' kernels, worth while.
#pragma once

#include "cargo-ktstr/kernels/request.hpp"

#include <string>

namespace ktstr::kernels {

// First lines of what compiler, linker and pahole say of their versions; they are asked once.
const std::string& tool_versions();

// 64 hex digits: of the source's identity, the host's architecture, the base, our fragments, the
// user's files, and the tools. An error when a file cannot be read, and for a base that only a tree
// of the user's own has.
Result<std::string> build_id(const std::string& source_identity, const BuildRequest& request);

} // namespace ktstr::kernels
