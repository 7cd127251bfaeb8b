// Which entry was made last for a spec that the store cannot read from its entries: a branch of a
// git repository, of which the next build may make another. <root>/.specs/<16 hex of the spec's
// SHA-256>.
#pragma once

#include "ktstr-runner/store/store.hpp"

namespace ktstr::store {

Result<> remember(const std::string& spec, const std::string& key);

// Absent when nothing was remembered, or its entry is gone.
Result<std::optional<Entry>> remembered(const std::string& spec);

} // namespace ktstr::store
