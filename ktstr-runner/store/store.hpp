// The kernel store: kernels that were built or imported, one directory per key, whole or absent.
// Root: $KTSTR_CACHE_DIR, else $XDG_CACHE_HOME/ktstr/kernels, else ~/.cache/ktstr/kernels.
// Entry: <root>/<key>/{metadata.json, image, vmlinux?, config?, modules/?}
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::store {

struct Entry {
    std::string key;
    std::filesystem::path directory; // empty for an image outside the store
    std::filesystem::path image;     // what boots: bzImage or ELF
    std::filesystem::path vmlinux;   // may be empty
    std::filesystem::path config;    // final .config; may be empty
    std::filesystem::path modules;   // a lib/modules tree; may be empty
    std::string version;             // kernel release
    std::string arch;
    std::string source;              // "source-tree", "deb", "image"
    std::int64_t made_at = 0;        // UTC seconds
    bool sched_ext = false;          // CONFIG_SCHED_CLASS_EXT=y in its config
    std::map<std::string, std::string> digests; // file name -> SHA-256
};

Result<std::filesystem::path> root();

struct Listing {
    std::vector<Entry> entries; // newest first
    std::vector<std::string> damaged; // "key: why"
};

Result<Listing> list();

// A path (bzImage, vmlinux, built source tree, .deb that was imported), a key, or a version prefix of what the store
// holds ("6.12"). Empty: $KTSTR_KERNEL, else the newest entry, one with sched_ext before one without. Errors say what
// would help. A .deb or anything that must be made first is an error with the command that makes it.
Result<Entry> resolve(const std::string& spec);

// A new entry under construction: files are put into directory(), then commit() makes it appear under its key.
class Draft final {
public:
    static Result<Draft> begin(const std::string& key);
    Draft(Draft&& other) noexcept;
    Draft& operator=(Draft&&) = delete;
    ~Draft(); // without commit: nothing is left

    const std::filesystem::path& directory() const { return directory_; }

    // Digests every file, writes metadata.json, renames. An entry that exists already is kept and returned.
    Result<Entry> commit(Entry entry);

private:
    Draft(std::string key, std::filesystem::path directory);

    std::string key_;
    std::filesystem::path directory_;
};

} // namespace ktstr::store
