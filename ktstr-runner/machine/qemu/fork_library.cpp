#include "ktstr-runner/machine/qemu/fork_library.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <span>

#ifdef KTSTR_HAS_FORK_SERVER
extern "C" {
extern const std::byte ktstr_embedded_fork_server_begin;
extern const std::byte ktstr_embedded_fork_server_end;
}
#endif

namespace ktstr::machine::qemu {

namespace {

std::span<const std::byte> embedded() {
#ifdef KTSTR_HAS_FORK_SERVER
    return {&ktstr_embedded_fork_server_begin, &ktstr_embedded_fork_server_end};
#else
    return {};
#endif
}

} // namespace

bool has_fork_library() {
    return !embedded().empty();
}

std::optional<Fd> fork_library() {
    if (!has_fork_library()) {
        return std::nullopt;
    }
    Fd file(::memfd_create("ktstr-fork-server", MFD_CLOEXEC));
    if (!file || !write_all(file.get(), embedded())) {
        return std::nullopt;
    }
    return file;
}

} // namespace ktstr::machine::qemu
