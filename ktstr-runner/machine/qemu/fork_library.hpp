// The fork server's library as the build embedded it in this program.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <optional>

namespace ktstr::machine::qemu {

// A memory file with it, to be loaded as /proc/self/fd/<number>; absent in a build without one
// (another processor, sanitizers), or where the kernel makes none.
std::optional<Fd> fork_library();

} // namespace ktstr::machine::qemu
