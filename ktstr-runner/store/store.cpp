#include "ktstr-runner/store/store.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/local_locks.hpp"
#include "ktstr-runner/base/look_again.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/metadata.hpp"
#include "ktstr-runner/store/module_list.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

Result<fs::path> absolute(const char* variable, const std::string& value) {
    if (!value.starts_with('/')) {
        return fail(Error(ErrorKind::usage,
                          std::string(variable) + " is not an absolute path: `" + value + "`")
                        .hint("the kernel store lives there; give a path that starts with /"));
    }
    return fs::path(value).lexically_normal();
}

Result<fs::path> place() {
    // The base directory specification: an empty variable counts as unset.
    const auto given = [](const char* name) { return env(name).value_or(""); };
    if (const auto own = given("KTSTR_CACHE_DIR"); !own.empty()) {
        return absolute("KTSTR_CACHE_DIR", own);
    }
    if (const auto cache = given("XDG_CACHE_HOME"); !cache.empty()) {
        TRY_ASSIGN(const auto folder, absolute("XDG_CACHE_HOME", cache));
        return folder / "ktstr" / "kernels";
    }
    if (const auto home = given("HOME"); !home.empty()) {
        TRY_ASSIGN(const auto folder, absolute("HOME", home));
        return folder / ".cache" / "ktstr" / "kernels";
    }
    return fail(Error(ErrorKind::usage, "no place for the kernel store: HOME is not set")
                    .hint("set KTSTR_CACHE_DIR to a directory"));
}

} // namespace

Result<fs::path> root() {
    TRY_ASSIGN(auto folder, place());
    look_again(folder);
    return folder;
}

Result<fs::path> writable_root() {
    TRY_ASSIGN(auto folder, root());
    auto made = make_directories(folder);
    if (made && ::access(folder.c_str(), W_OK | X_OK) != 0) {
        made = fail(Error::from_errno("write to it"));
    }
    if (made) {
        made = refuse_local_locks(folder);
    }
    if (!made) {
        return fail(std::move(made)
                        .error()
                        .context("the kernel store " + folder.string() + " cannot be used")
                        .hint("set KTSTR_CACHE_DIR to a directory you can write"));
    }
    return folder;
}

bool is_key(std::string_view key) {
    return !key.empty() && key.size() <= 200 && key.front() != '.' &&
           std::ranges::all_of(key, [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      std::string_view("._+~-").find(c) != std::string_view::npos;
           });
}

bool has_line(std::string_view config, std::string_view line) {
    for (auto at = config.find(line); at != std::string_view::npos;
         at = config.find(line, at + 1)) {
        const auto end = at + line.size();
        if ((at == 0 || config[at - 1] == '\n') && (end == config.size() || config[end] == '\n')) {
            return true;
        }
    }
    return false;
}

bool has_sched_ext(std::string_view config) {
    return has_line(config, "CONFIG_SCHED_CLASS_EXT=y");
}

Result<Listing> list() {
    TRY_ASSIGN(const auto folder, root());
    Listing listing;
    std::error_code error;
    fs::directory_iterator at(folder, error);
    if (error == std::errc::no_such_file_or_directory) {
        return listing;
    }
    if (error) {
        return fail(
            Error(ErrorKind::environment,
                  "cannot read the kernel store " + folder.string() + ": " + error.message())
                .hint("set KTSTR_CACHE_DIR to a directory you can write"));
    }
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
        const auto key = at->path().filename().string();
        std::error_code ignored;
        if (key.starts_with('.') || !at->is_directory(ignored)) {
            continue;
        }
        if (auto entry = load_entry(at->path())) {
            listing.entries.push_back(std::move(*entry));
        } else {
            listing.damaged.push_back(
                {.key = key, .why = entry.error().one_line(), .newer = is_newer(at->path())});
        }
    }
    std::ranges::sort(listing.damaged, {}, &Damaged::key);
    std::ranges::sort(listing.entries, [](const Entry& a, const Entry& b) {
        return a.made_at != b.made_at ? a.made_at > b.made_at : a.key < b.key;
    });
    return listing;
}

Result<std::vector<std::string>> verify(const Entry& entry) {
    std::vector<std::string> wrong;
    for (const auto& [name, recorded] : entry.digests) {
        const auto digest = sha256_of_file(entry.directory / name);
        if (!digest) {
            wrong.push_back(name + ": " + digest.error().one_line());
        } else if (*digest != recorded) {
            wrong.push_back(name + ": its contents have changed");
        }
    }
    if (wrong.empty() && entry.digests.contains(module_list_name)) {
        return verify_modules(entry.directory);
    }
    return wrong;
}

Result<std::optional<Entry>> find(const std::string& key) {
    TRY_ASSIGN(const auto folder, root());
    std::error_code ignored;
    if (!is_key(key) || !fs::exists(folder / key, ignored)) {
        return std::optional<Entry>{};
    }
    TRY_ASSIGN(auto entry, load_entry(folder / key), "the store entry " + key + " is damaged");
    return std::optional<Entry>(std::move(entry));
}

} // namespace ktstr::store
