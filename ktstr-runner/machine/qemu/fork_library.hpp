// The fork server's library as the build embedded it in this program.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <optional>

namespace ktstr::machine::qemu {

// False in a build without one: for another processor, or with sanitizers.
bool has_fork_library();

// A memory file with it, to be loaded as /proc/self/fd/<number>; absent where there is none, or the
// kernel makes no such file.
std::optional<Fd> fork_library();

} // namespace ktstr::machine::qemu
