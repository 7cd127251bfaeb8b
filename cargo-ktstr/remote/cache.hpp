// Store entries in the cache of GitHub Actions: what the rest of the program sees of it. Every
// error here is one that a build goes on after: its one line is a warning.
#pragma once

#include "cargo-ktstr/remote/blob_download.hpp"
#include "cargo-ktstr/remote/blob_upload.hpp"
#include "cargo-ktstr/remote/cache_service.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/store/store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::remote {

struct Transfer {
    std::uint64_t bytes = 0; // that went over the network
    std::chrono::nanoseconds took{0};
    std::string line; // what became of it, for people: hit or miss, bytes, seconds
};

struct Fetched {
    // What Draft::commit wants to know of an entry; absent: a miss.
    std::optional<store::Entry> entry;
    Transfer transfer;
};

struct Stored {
    bool written = false; // false: it was there, or this job may not write
    Transfer transfer;
};

// SHA-256 of what names the format of our archives and this architecture: entries of another
// version are not seen.
std::string format_version();

struct CachePlan {
    std::string version = format_version();
    net::RetryPolicy retry = {};
    UploadPlan upload = {};
    DownloadPlan download = {};
};

class Cache final {
public:
    explicit Cache(Access access, CachePlan plan = {});

    // Whether fetch() would find that key now.
    Result<bool> lookup(const std::string& key);

    // Puts the entry's files into `directory`, the empty one of a store::Draft. After a miss or an
    // error it is empty.
    Result<Fetched> fetch(const std::string& key, const std::filesystem::path& directory);

    // Shares a store entry.
    Result<Stored> store(const std::string& key, const std::filesystem::path& directory);

private:
    Access access_;
    CachePlan plan_;
    CacheService service_;
};

} // namespace ktstr::remote
