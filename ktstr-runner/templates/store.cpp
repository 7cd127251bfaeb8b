#include "ktstr-runner/templates/store.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/cache/room.hpp"
#include "ktstr-runner/templates/paths.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace ktstr::templates {

namespace {

namespace fs = std::filesystem;

// The digests cover the beginning of the RAM alone: after a loss of power the rest could be holes
// that nobody would notice.
Result<> sync_files(const fs::path& directory) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        TRY_ASSIGN(const auto file, open_file(entry.path(), O_RDONLY));
        if (::fsync(file.get()) != 0) {
            return fail(Error::from_errno("cannot write " + entry.path().string()));
        }
    }
    return {};
}

} // namespace

Result<Store> Store::open(fs::path root) {
    TRY(make_directories(root / cache::locks_name));
    return Store(std::move(root));
}

Result<std::optional<Use>> Store::use(const std::string& key, std::string& damage) const {
    const auto directory = root_ / key;
    const auto marker = directory / meta_name;
    TRY_ASSIGN(auto lock, FileLock::try_acquire_existing(marker, FileLock::Mode::shared));
    if (!lock || !lock->is_still(marker)) { // none, or one that is being taken away
        std::error_code error;
        if (fs::exists(directory, error) && !fs::exists(marker, error)) {
            damage = fmt::format("{} is missing", meta_name);
        }
        return std::optional<Use>{};
    }
    auto meta = read_meta(directory);
    if (!meta) {
        damage = meta.error().one_line();
        return std::optional<Use>{};
    }
    cache::mark_used(marker);
    return std::optional(Use{directory, std::move(*meta), std::move(*lock)});
}

void Store::discard(Use use) const {
    const auto marker = use.directory / meta_name;
    const auto key = use.meta.key;
    if (use.lock.is_still(marker)) {
        {
            const auto released = std::move(use.lock);
        }
        remove_unused(key);
    }
}

Result<std::optional<FileLock>> Store::try_lock(const std::string& key) const {
    const auto path = root_ / cache::locks_name / key;
    TRY_ASSIGN(auto lock, FileLock::try_acquire(path, FileLock::Mode::exclusive));
    if (lock && !lock->is_still(path)) { // clean() took the file away before we had it
        lock.reset();
    }
    return lock;
}

Result<Draft> Store::begin() const {
    return Draft::begin(root_);
}

Result<> Store::commit(Draft draft, Meta meta, std::uint64_t cap) const {
    TRY_ASSIGN(meta.files, describe_files(draft.directory()));
    TRY(write_meta(draft.directory(), meta));
    TRY(sync_files(draft.directory()));
    const auto directory = root_ / meta.key;
    std::error_code error;
    if (fs::exists(directory, error)) {
        cache::remove_aside(root_, directory);
    }
    TRY(draft.publish(directory));
    make_room(cap, meta.key);
    return {};
}

Result<std::vector<Listed>> Store::list() const {
    std::vector<Listed> found;
    for (auto& name : cache::names_in(root_)) {
        if (!cache::is_plain_name(name)) {
            continue;
        }
        const auto directory = root_ / name;
        Listed listed{.key = std::move(name), .meta = {}, .damage = {}};
        listed.bytes = cache::bytes_on_disk(directory);
        listed.used_at = cache::used_at(directory / meta_name);
        if (auto meta = read_meta(directory)) {
            listed.meta = std::move(*meta);
        } else {
            listed.damage = meta.error().one_line();
        }
        found.push_back(std::move(listed));
    }
    std::ranges::sort(found, std::greater{}, &Listed::used_at);
    return found;
}

std::uint64_t Store::clean(std::uint64_t keep_bytes) const {
    cache::sweep(root_);
    const auto freed = make_room(keep_bytes, {});
    cache::remove_old_locks(root_);
    return freed;
}

std::uint64_t Store::make_room(std::uint64_t keep_bytes, std::string_view but) const {
    std::vector<cache::Item> items;
    for (const auto& name : cache::names_in(root_)) {
        if (cache::is_plain_name(name)) {
            const auto directory = root_ / name;
            items.push_back(
                {name, cache::bytes_on_disk(directory), cache::used_at(directory / meta_name)});
        }
    }
    return cache::make_room(std::move(items), keep_bytes, [&](const cache::Item& item) {
        return item.key != but && remove_unused(item.key);
    });
}

bool Store::remove_unused(const std::string& key) const {
    const auto directory = root_ / key;
    return cache::remove_unused(root_, directory, directory / meta_name) == cache::Removal::removed;
}

} // namespace ktstr::templates
