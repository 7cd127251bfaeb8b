// What the store needs to know of a kernel image: that it is one, its release and its architecture.
// Whether it can boot is judged by machine/image.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>

namespace ktstr::store {

struct ImageFile {
    enum class Kind { bzimage, arm64, elf };
    Kind kind;
    std::string arch;    // as uname -m says; empty when the image does not tell
    std::string release; // empty when the image does not tell
};

// Specs: Documentation/arch/x86/boot.rst, Documentation/arch/arm64/booting.rst, ELF gABI.
Result<ImageFile> read_image_file(const std::filesystem::path& path);

// uname -m of this machine.
std::string host_arch();

} // namespace ktstr::store
