// The modules of an entry as files: which are to be loaded, and what is in them.
#pragma once

#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/store/store.hpp"

#include <span>

namespace ktstr::store {

struct ModuleFile {
    std::filesystem::path file;  // in the store, perhaps compressed
    std::filesystem::path place; // where a guest has it: /lib/modules/<release>/.../x.ko
};

// The files to load for these modules, each behind all that it needs (modules.hpp). Errors of kind
// usage: a kernel without modules, an image outside the store, a module that the kernel does not
// have; the error names the kernel.
Result<std::vector<ModuleFile>> find_modules(const Entry& entry,
                                             std::span<const std::string> names);

// What the kernel loads: the file, decompressed if its name ends in .xz, .zst or .gz. Above
// 256 MiB it is refused.
Result<std::string> read_module(const std::filesystem::path& file);

// The same, mapped, for who looks at parts of it: a compressed one goes into a file without a name
// on the file system of `scratch`, so that modules of any size take little memory.
Result<MappedFile> map_module(const std::filesystem::path& file,
                              const std::filesystem::path& scratch);

} // namespace ktstr::store
