#include "cargo-ktstr/kernels/clean.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/draft.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/store/metadata.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;
using TimePoint = std::chrono::system_clock::time_point;

Doomed entry_of(const fs::path& root, const std::string& key) {
    return {.name = key, .path = root / key, .marker = root / key / store::metadata_name};
}

bool is_before(std::int64_t used_at, const CleanRequest& request, TimePoint now) {
    return request.older_than &&
           TimePoint(std::chrono::seconds(used_at)) < now - *request.older_than;
}

Error no_such_key(const std::string& key, const store::Listing& listing) {
    std::vector<std::string_view> keys;
    for (const auto& entry : listing.entries) {
        keys.emplace_back(entry.key);
    }
    for (const auto& damaged : listing.damaged) {
        keys.emplace_back(damaged.key);
    }
    const auto near = nearest(key, keys);
    return Error(ErrorKind::usage, "the kernel store has no entry `" + to_utf8(key) + "`")
        .hint(near ? "did you mean `" + *near + "`?"
                   : "`cargo ktstr kernel list` shows the keys of all");
}

Result<std::vector<Doomed>>
named(const store::Listing& listing, const fs::path& root, const std::vector<std::string>& keys) {
    std::vector<Doomed> doomed;
    for (const auto& key : keys) {
        if (std::ranges::find(listing.entries, key, &store::Entry::key) == listing.entries.end() &&
            std::ranges::find(listing.damaged, key, &store::Damaged::key) ==
                listing.damaged.end()) {
            return fail(no_such_key(key, listing));
        }
        doomed.push_back(entry_of(root, key));
    }
    return doomed;
}

// kbuild's link from a build directory to the tree it builds.
bool tree_is_gone(const fs::path& build) {
    std::error_code error;
    return fs::is_symlink(build / "source", error) && !fs::exists(build / "source", error);
}

std::vector<std::string> directories_in(const fs::path& folder) {
    auto names = cache::names_in(folder);
    std::erase_if(names, [&](const std::string& name) {
        std::error_code error;
        return !fs::is_directory(fs::symlink_status(folder / name, error));
    });
    std::ranges::sort(names);
    return names;
}

} // namespace

Result<std::vector<Doomed>> doomed_entries(const store::Listing& listing,
                                           const fs::path& root,
                                           const CleanRequest& request,
                                           TimePoint now) {
    if (!request.keys.empty()) {
        return named(listing, root, request.keys);
    }
    std::vector<Doomed> doomed;
    if (request.corrupt) {
        for (const auto& damaged : listing.damaged) {
            if (!damaged.newer) {
                doomed.push_back(entry_of(root, damaged.key));
            }
        }
        return doomed;
    }
    auto entries = listing.entries;
    std::ranges::sort(entries, std::ranges::greater{}, [](const store::Entry& entry) {
        return std::tie(entry.used_at, entry.made_at, entry.key);
    });
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (request.keep ? i >= *request.keep : is_before(entries[i].used_at, request, now)) {
            doomed.push_back(entry_of(root, entries[i].key));
        }
    }
    return doomed;
}

std::vector<Doomed>
doomed_leftovers(const fs::path& root, const CleanRequest& request, TimePoint now) {
    std::vector<Doomed> doomed;
    for (const auto& draft : cache::leftovers(root)) {
        const auto name = draft.filename().string();
        doomed.push_back(
            {.name = "draft " + name, .path = draft, .marker = root / cache::locks_name / name});
    }
    for (const auto& name : directories_in(root / ".build")) {
        const auto build = root / ".build" / name;
        const auto lock = build / "ktstr.lock";
        if (tree_is_gone(build) ||
            is_before(cache::used_at(build / "ktstr-build.log"), request, now)) {
            doomed.push_back({.name = "build " + name, .path = build, .marker = lock});
        }
    }
    for (const auto& name : directories_in(root / ".sources")) {
        const auto sources = root / ".sources" / name;
        auto lock = root / ".sources" / (name + ".lock");
        const auto used_at = std::max(cache::used_at(sources), cache::used_at(lock));
        if (is_before(used_at, request, now)) {
            doomed.push_back(
                {.name = "sources " + name, .path = sources, .marker = std::move(lock)});
        }
    }
    return doomed;
}

Cleaned clean(const fs::path& root, const std::vector<Doomed>& doomed, DryRun dry_run) {
    Cleaned cleaned;
    for (const auto& thing : doomed) {
        const auto bytes = cache::bytes_on_disk(thing.path);
        const auto outcome = dry_run == DryRun::no
                                 ? cache::remove_unused(root, thing.path, thing.marker)
                             : cache::is_used(thing.marker) ? cache::Removal::in_use
                                                            : cache::Removal::removed;
        switch (outcome) {
        case cache::Removal::removed:
            cleaned.removed.push_back(thing.name);
            cleaned.bytes += bytes;
            break;
        case cache::Removal::in_use:
            cleaned.in_use.push_back(thing.name);
            break;
        case cache::Removal::failed:
            cleaned.failed.push_back(thing.name);
            break;
        }
    }
    if (dry_run == DryRun::no) {
        cache::sweep(root);
        cache::remove_old_locks(root);
    }
    return cleaned;
}

} // namespace ktstr::kernels
