// Reads the blob of a signed URL into a file: in ranges side by side where the server has them,
// else in one piece.
#pragma once

#include "cargo-ktstr/net/backoff.hpp"
#include "cargo-ktstr/remote/cache_service.hpp"
#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace ktstr::remote {

struct DownloadPlan {
    std::uint64_t most_bytes = std::uint64_t{4} << 30; // of a blob; more is an error
    std::uint64_t range = std::uint64_t{16} << 20;     // bytes of one request
    unsigned parallel = 4;
    net::RetryPolicy retry = {};
};

// Another URL for the same blob, for when one is no longer valid.
using Renew = std::function<Result<SignedUrl>()>;

// The bytes that the blob has; the open file, empty at first, has them all then. What broke off is
// gone on with; for 401 and 403 `renew` is called, once.
Result<std::uint64_t>
download_blob(const SignedUrl& from, int file, const Renew& renew, const DownloadPlan& plan = {});

} // namespace ktstr::remote
