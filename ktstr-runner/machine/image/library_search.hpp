// Finds shared libraries as ld.so does (ld.so(8)): DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH,
// /etc/ld.so.cache, the default directories. The cache itself is read, not /etc/ld.so.conf, since
// it is what ld.so reads, here and, as the guest gets a copy of it, there.
#pragma once

#include "ktstr-runner/machine/image/elf.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::machine {

// An object that ld.so would have loaded.
struct LoadedObject {
    std::filesystem::path path; // as it was found
    Elf::Dynamic dynamic;
    std::size_t loader = 0; // whose need brought it; the program is its own
};

// What the search found: the library, then its variants for newer processors (glibc-hwcaps): which
// one the guest's ld.so takes depends on the guest's processor.
struct FoundLibrary {
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> unfit; // "/lib/libx.so is for AArch64": seen and passed over
};

class LibrarySearch final {
public:
    // `library_path` is LD_LIBRARY_PATH. `cache` is the content of /etc/ld.so.cache; what is not of
    // a known format counts as empty.
    LibrarySearch(std::string_view library_path, std::string_view cache);

    // For the need `name` of objects[requester].
    FoundLibrary find(const std::string& name,
                      const std::vector<LoadedObject>& objects,
                      std::size_t requester) const;

private:
    struct CacheEntry {
        std::string name;
        std::filesystem::path path;
        bool plain = false; // not a glibc-hwcaps variant
    };

    void read_cache(std::string_view cache);

    std::vector<std::string> library_path_;
    std::vector<CacheEntry> cache_;
};

} // namespace ktstr::machine
