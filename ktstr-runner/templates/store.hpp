// The template store: saved machines by key, each made once and restored by any number of runners
// at once. Knows files and locks, nothing of machines.
//
// Locks (flock, so that the kernel releases them whatever happens to the holder): a maker holds
// .locks/<key>; a user holds a shared lock on its template's meta.json, and nobody removes a
// whole template without an exclusive one. A damaged one has no users: its maker replaces it.
#pragma once

#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/cache/draft.hpp"
#include "ktstr-runner/templates/meta.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::templates {

// A template while it is used: it stays as it is as long as this lives.
struct Use {
    std::filesystem::path directory;
    Meta meta;
    FileLock lock;
};

using cache::Draft;

struct Listed {
    std::string key;
    std::optional<Meta> meta; // absent: damaged
    std::string damage;
    std::uint64_t bytes = 0;  // on the disk
    std::int64_t used_at = 0; // UTC seconds
};

class Store final {
public:
    // Made when missing.
    static Result<Store> open(std::filesystem::path root);

    // Absent when there is none, or when `damage` says what is wrong with it: commit() replaces
    // that.
    Result<std::optional<Use>> use(const std::string& key, std::string& damage) const;

    // Takes one away that turned out to be unusable, unless others use it.
    void discard(Use use) const;

    // The right to make the template: absent while another has it.
    Result<std::optional<FileLock>> try_lock(const std::string& key) const;

    // A place to make it in.
    Result<Draft> begin() const;

    // Under the key's lock. Describes the files, writes meta.json, gives the directory its name;
    // then makes room, oldest use first: all templates shall take no more than `cap` bytes.
    Result<> commit(Draft draft, Meta meta, std::uint64_t cap) const;

    Result<std::vector<Listed>> list() const;

    // Removes those that nobody uses, all or as far as the cap asks; returns the bytes freed.
    std::uint64_t clean(std::uint64_t keep_bytes) const;

private:
    explicit Store(std::filesystem::path root) : root_(std::move(root)) {}

    std::uint64_t make_room(std::uint64_t keep_bytes, std::string_view but) const;
    bool remove_unused(const std::string& key) const;

    std::filesystem::path root_;
};

} // namespace ktstr::templates
