#include "ktstr-runner/store/debug_information.hpp"

#include "ktstr-runner/base/elf.hpp"
#include "ktstr-runner/base/mapped_file.hpp"

#include <elf.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

// The kernel's linker script merges all notes (include/asm-generic/vmlinux.lds.h, NOTES); a linker
// left to itself does not.
constexpr std::array<std::string_view, 2> sections{".notes", ".note.gnu.build-id"};

std::optional<std::string> build_id_of(const fs::path& vmlinux) {
    const auto file = MappedFile::open(vmlinux);
    std::optional<std::string> id;
    for (const auto section : sections) {
        id = file && !id ? note_in(file->bytes(), section, "GNU", NT_GNU_BUILD_ID) : id;
    }
    return id;
}

} // namespace

fs::path with_debug_information(const Entry& kernel) {
    const auto id = kernel.vmlinux.empty() ? std::nullopt : build_id_of(kernel.vmlinux);
    if (!id || kernel.directory.empty()) {
        return kernel.vmlinux;
    }
    std::error_code error;
    fs::directory_iterator trees(kernel.directory.parent_path() / ".build", error);
    for (; !error && trees != fs::directory_iterator(); trees.increment(error)) {
        auto whole = trees->path() / "vmlinux";
        if (build_id_of(whole) == id) {
            return whole;
        }
    }
    return kernel.vmlinux;
}

} // namespace ktstr::store
