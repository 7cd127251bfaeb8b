// The three calls of GitHub Actions' cache service, version 2: Twirp over HTTPS POST, in JSON.
// Entries never change; one is had by its key and its version, which is a namespace.
#pragma once

#include "cargo-ktstr/net/backoff.hpp"
#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/remote/environment.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace ktstr::remote {

// A URL that whoever has it may use for a while: never shown whole.
struct SignedUrl {
    std::string text;
};

// The service's policy: this job's token may not do so. No failure.
struct Denied {
    std::string why;
};

// There is no entry of exactly this key.
struct Missing {};

// There is one already, or another job is making it.
struct Taken {};

class CacheService final {
public:
    // `version` is the SHA-256, in hex, of what names our format.
    CacheService(Access access, std::string version, net::RetryPolicy retry = {});

    // Where the blob of an entry can be read. The service also matches keys that merely begin with
    // `key`: those are Missing.
    Result<std::variant<SignedUrl, Missing, Denied>> find(const std::string& key);

    // Reserves the key; where its blob is to be written.
    Result<std::variant<SignedUrl, Taken, Denied>> create(const std::string& key);

    // The blob is written and has so many bytes: from now on others find it.
    Result<> finalize(const std::string& key, std::uint64_t bytes);

private:
    Result<net::Response> call(const char* method, const Json& request);

    Access access_;
    std::string version_;
    net::RetryPolicy retry_;
    net::Client client_;
};

} // namespace ktstr::remote
