#include "ktstr-runner/machine/qemu/libraries.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <span>

#ifdef KTSTR_HAS_QEMU_LIBRARIES
extern "C" {
extern const std::byte ktstr_embedded_fork_server_begin;
extern const std::byte ktstr_embedded_fork_server_end;
extern const std::byte ktstr_embedded_turns_begin;
extern const std::byte ktstr_embedded_turns_end;
}
#endif

namespace ktstr::machine::qemu {

namespace {

std::span<const std::byte> embedded([[maybe_unused]] Library library) {
#ifdef KTSTR_HAS_QEMU_LIBRARIES
    return library == Library::turns
               ? std::span(&ktstr_embedded_turns_begin, &ktstr_embedded_turns_end)
               : std::span(&ktstr_embedded_fork_server_begin, &ktstr_embedded_fork_server_end);
#else
    return {};
#endif
}

} // namespace

bool has_libraries() {
    return !embedded(Library::turns).empty();
}

std::optional<Fd> file_of(Library library) {
    if (!has_libraries()) {
        return std::nullopt;
    }
    Fd file(::memfd_create(library == Library::turns ? "ktstr-turns" : "ktstr-fork-server",
                           MFD_CLOEXEC));
    if (!file || !write_all(file.get(), embedded(library))) {
        return std::nullopt;
    }
    return file;
}

} // namespace ktstr::machine::qemu
