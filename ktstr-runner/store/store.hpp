// The kernel store: kernels that were built or imported, one directory per key, whole or absent.
// See docs/design/kernels.md. Root: $KTSTR_CACHE_DIR, else $XDG_CACHE_HOME/ktstr/kernels, else
// ~/.cache/ktstr/kernels. Entry: <root>/<key>/{metadata.json, image, vmlinux?, config?,
// modules.list?, modules/?} Names that begin with a dot are not entries: those of cache/names.hpp,
// and what makers of entries keep (.build, .apt, .sources).
#pragma once

#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/cache/draft.hpp"
#include "ktstr-runner/cache/maker_lock.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::store {

// Entry::source of a kernel whose sources nobody verified.
inline constexpr const char* unverified_source = "unverified-tarball";

struct Entry {
    std::string key;
    std::filesystem::path directory; // empty for an image outside the store
    std::filesystem::path image;     // what boots: bzImage or ELF
    std::filesystem::path vmlinux;   // may be empty
    std::filesystem::path config;    // final .config; may be empty
    std::filesystem::path modules;   // what /lib/modules holds: <release>/...; may be empty
    std::string version;             // kernel release
    std::string arch;
    std::string source;       // "source-tree", "deb", "image"
    std::int64_t made_at = 0; // UTC seconds
    bool sched_ext = false;   // CONFIG_SCHED_CLASS_EXT=y in its config
    // File name -> SHA-256. Those of modules are in modules.list, which is one of the files.
    std::map<std::string, std::string> digests;
    // File name -> when it was last changed, at its making: ns since the epoch. What an older ktstr
    // made has none.
    std::map<std::string, std::int64_t> modified;
    std::string origin; // for people: the packages with their versions, or the source tree
                        // empty
    std::string recipe; // digest of the settings of ours that were asked for; may be empty
    std::vector<std::string> made_from; // SHA-256 of each package it was made from
    std::uint64_t size = 0;             // bytes of all its files, the modules among them
    std::uint64_t modules_size = 0;     // bytes of the files below modules/
    std::int64_t used_at = 0;           // UTC seconds: its making, or the last run on it

    // Nothing is known of a kernel that came without its configuration.
    std::optional<bool> known_sched_ext() const {
        return config.empty() ? std::nullopt : std::optional(sched_ext);
    }
};

// The store's directory, which need not exist yet. What is looked for in there from then on is what
// all hosts have put there, on NFS too (look_again()).
Result<std::filesystem::path> root();

// The same for makers of entries: it exists, can be written to, and other hosts see its locks, or
// the error says what to do.
Result<std::filesystem::path> writable_root();

struct Damaged {
    std::string key;
    std::string why;
    bool newer = false; // whole, perhaps: a newer ktstr wrote it

    std::string line() const { return key + ": " + why; }
};

struct Listing {
    std::vector<Entry> entries; // newest first
    std::vector<Damaged> damaged;
};

// Checks structure, presence and sizes of the files; contents only by verify().
Result<Listing> list();

// Reads every file of an entry of the store: "name: why" for each whose contents are not those of
// its making.
Result<std::vector<std::string>> verify(const Entry& entry);

// The whole entry of that key; absent when there is none, an error when it is damaged.
Result<std::optional<Entry>> find(const std::string& key);

// The whole entry for `arch` whose version begins with `prefix`: the newest release, of one release
// what was made last. Keys begin with the release, so that only the metadata of the newest are
// read.
Result<std::optional<Entry>> find_version(const std::string& prefix, const std::string& arch);

// What a machine needs while it may read the entry's files: nobody removes it. Absent for an image
// outside the store. Marks the entry as used. A file that changed since the entry was made, by size
// or by time and then by its digest, is an error.
Result<std::optional<FileLock>> use(const Entry& entry);

// A key is one plain file name: letters, digits and "._+~-", not starting with a dot.
bool is_key(std::string_view key);

// A line such as CONFIG_FTRACE=y in the text of a .config.
bool has_line(std::string_view config, std::string_view line);

// CONFIG_SCHED_CLASS_EXT=y in one.
bool has_sched_ext(std::string_view config);

// A kernel by kernel_spec.hpp's grammar, from what is here: nothing is fetched and no network
// asked, so "6.12" is the newest 6.12 of the store, and git+URL#REF what was made of that last.
// Empty: $KTSTR_KERNEL, else the newest entry, one with sched_ext before one without. Errors say
// what would help: what must be made first is an error with the command that makes it, kind
// `environment`; what can never be resolved is kind `usage`. A range is not one kernel.
Result<Entry> resolve(const std::string& spec);

// A new entry under construction: files are put into directory(), then commit() makes it appear
// under its key. The key is locked meanwhile, so that two makers of one key do the work once:
// begin() waits for the other one, says for whom, and existing() is then what that one made.
class Draft final {
public:
    static Result<Draft> begin(const std::string& key);

    const std::optional<Entry>& existing() const { return existing_; }

    const std::filesystem::path& directory() const { return files_.directory(); }

    // Digests every file, writes metadata.json, renames, and then makes room for the entry where
    // $KTSTR_KERNELS_MAX asks for it. An entry that exists already is kept and returned. Of `entry`
    // only version, arch, source, origin, recipe and made_from are read; the rest is
    // found out here.
    Result<Entry> commit(Entry entry);

private:
    Draft(std::string key, cache::MakerLock lock, cache::Draft files)
        : key_(std::move(key)), lock_(std::move(lock)), files_(std::move(files)) {}

    std::string key_;
    cache::MakerLock lock_;
    cache::Draft files_; // without commit: nothing is left
    std::optional<Entry> existing_;
};

} // namespace ktstr::store
