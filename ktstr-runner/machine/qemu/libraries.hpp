// What is loaded into QEMU, as the build embedded it in this program.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <cstdint>
#include <optional>

namespace ktstr::machine::qemu {

enum class Library : std::uint8_t {
    fork_server, // makes copies of the process, with all its threads
    turns,       // lets its threads run in an order that the host does not decide
};

// False in a build without them: for another processor, or with sanitizers.
bool has_libraries();

// A memory file with it, to be loaded as /proc/self/fd/<number>; absent where there is none, or the
// kernel makes no such file.
std::optional<Fd> file_of(Library library);

} // namespace ktstr::machine::qemu
