// A kernel's debug information, as far as it is on this host: entries of the store have symbols and
// no more, the tree that one was built in has all.
#pragma once

#include "ktstr-runner/store/store.hpp"

#include <filesystem>

namespace ktstr::store {

// The vmlinux of the same build (by its GNU build id) that a tree of the store's still has; else
// the entry's own, which may be empty.
std::filesystem::path with_debug_information(const Entry& kernel);

} // namespace ktstr::store
