// A test binary's declarations: asked of the binary on the host, once for as long as the file is
// the same.
#pragma once

#include "ktstr-runner/host/fact_cache.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <filesystem>
#include <optional>

namespace ktstr::variants {

// The version of the crate `ktstr` in the binary (ELF note of the section `.note.ktstr`), absent
// when it is not built with it.
std::optional<std::string> crate_version(const std::filesystem::path& binary);

// Absent for a binary that is not ktstr-aware. `facts` remembers what it said; an answer takes at
// most 10 s and 4 MiB.
Result<std::optional<Declarations>> declarations_of(const std::filesystem::path& binary,
                                                    const host::FactCache& facts);

} // namespace ktstr::variants
