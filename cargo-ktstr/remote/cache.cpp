#include "cargo-ktstr/remote/cache.hpp"

#include "cargo-ktstr/remote/entry_archive.hpp"
#include "cargo-ktstr/remote/entry_facts.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/scratch_file.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace ktstr::remote {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_key = 512; // of the service
constexpr std::string_view name = "GitHub Actions cache";

#if defined(__x86_64__)
constexpr std::string_view arch = "x86_64";
#elif defined(__aarch64__)
constexpr std::string_view arch = "aarch64";
#endif

Result<> check_key(const std::string& key) {
    if (key.empty() || key.size() > longest_key || key.find(',') != std::string::npos) {
        return fail(ErrorKind::internal,
                    "a key of the cache has 1 to 512 characters and no comma: " + to_utf8(key));
    }
    return {};
}

// The time since it was made.
class Watch final {
public:
    Transfer
    transfer(std::string_view words, const std::string& key, std::uint64_t bytes = 0) const {
        const auto took = Clock::now() - begun_;
        const auto size = bytes > 0 ? human_bytes(bytes) + " in " : "";
        return {.bytes = bytes,
                .took = took,
                .line = fmt::format("{}: {} {} ({}{})", name, words, key, size, human_time(took))};
    }

private:
    Clock::time_point begun_ = Clock::now();
};

void empty(const fs::path& directory) {
    std::error_code ignored;
    for (const auto& each : fs::directory_iterator(directory, ignored)) {
        fs::remove_all(each.path(), ignored);
    }
}

// Where files of a transfer lie: not among those of the entry itself.
fs::path folder_beside(const fs::path& directory) {
    return fs::absolute(directory).parent_path();
}

} // namespace

std::string format_version() {
    return sha256_of(fmt::format("ktstr store entry|tar+zstd|1|{}", arch));
}

Cache::Cache(Access access, CachePlan plan)
    : access_(std::move(access)), plan_(std::move(plan)),
      service_(access_, plan_.version, plan_.retry) {}

Result<bool> Cache::lookup(const std::string& key) {
    TRY(check_key(key));
    if (!access_.may_read) {
        return false;
    }
    TRY_ASSIGN(const auto found, service_.find(key), std::string(name));
    return std::holds_alternative<SignedUrl>(found);
}

Result<Fetched> Cache::fetch(const std::string& key, const fs::path& directory) {
    const Watch watch;
    TRY(check_key(key));
    if (!access_.may_read) {
        return Fetched{.entry = {}, .transfer = watch.transfer("this job may not read", key)};
    }
    const auto what = fmt::format("{}: cannot fetch {}", name, key);
    TRY_ASSIGN(const auto found, service_.find(key), what);
    const auto* url = std::get_if<SignedUrl>(&found);
    if (url == nullptr) {
        const bool denied = std::holds_alternative<Denied>(found);
        return Fetched{.entry = {},
                       .transfer = watch.transfer(denied ? "this job may not read" : "miss", key)};
    }
    const auto renew = [&]() -> Result<SignedUrl> {
        TRY_ASSIGN(auto again, service_.find(key));
        if (auto* other = std::get_if<SignedUrl>(&again)) {
            return std::move(*other);
        }
        return fail(ErrorKind::environment, "the entry is there no longer");
    };
    TRY_ASSIGN(const auto file, scratch_file(folder_beside(directory)), what);
    TRY_ASSIGN(const auto bytes, download_blob(*url, file.get(), renew, plan_.download), what);
    TRY(unpack_entry(file.get(), directory), what);
    auto facts = take_facts(directory);
    if (!facts) {
        empty(directory);
        return fail(std::move(facts).error().context(what));
    }
    return Fetched{.entry = std::move(*facts), .transfer = watch.transfer("hit", key, bytes)};
}

Result<Stored> Cache::store(const std::string& key, const fs::path& directory) {
    const Watch watch;
    TRY(check_key(key));
    const auto unwritten = [&](std::string_view why) {
        return Stored{.written = false, .transfer = watch.transfer(why, key)};
    };
    if (!access_.may_write) {
        return unwritten("this job may not write");
    }
    const auto what = fmt::format("{}: cannot share {}", name, key);
    TRY_ASSIGN(const bool there, lookup(key), what);
    if (there) {
        return unwritten("already has");
    }
    // Packed before the key is reserved: one that is never finalized stays taken.
    TRY_ASSIGN(const auto file, scratch_file(folder_beside(directory)), what);
    TRY_ASSIGN(const auto packed, pack_entry(directory, file.get()), what);
    TRY_ASSIGN(const auto created, service_.create(key), what);
    if (std::holds_alternative<Taken>(created)) {
        return unwritten("already has, or another job is writing,");
    }
    const auto* url = std::get_if<SignedUrl>(&created);
    if (url == nullptr) {
        return unwritten("this job may not write");
    }
    // docs/design/remote-cache.md, "A save that breaks off": nobody can give the key back.
    const auto reserved =
        what + ", and its key stays reserved: jobs build their own until GitHub drops it";
    TRY(upload_blob(*url, file.get(), packed.bytes, plan_.upload), reserved);
    TRY(service_.finalize(key, packed.bytes), reserved);
    return Stored{.written = true, .transfer = watch.transfer("shared", key, packed.bytes)};
}

} // namespace ktstr::remote
