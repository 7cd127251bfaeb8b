// What metadata.json of an unpacked entry says of it.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/store/store.hpp"

#include <filesystem>

namespace ktstr::remote {

// The members that store::Draft::commit reads; the file is removed, since the draft writes its own.
Result<store::Entry> take_facts(const std::filesystem::path& directory);

} // namespace ktstr::remote
