// Writes a file to a signed URL as an Azure block blob: at once when it is small, else in blocks
// that go side by side. learn.microsoft.com, Blob service REST API: Put Blob, Put Block, Put Block
// List.
#pragma once

#include "cargo-ktstr/net/backoff.hpp"
#include "cargo-ktstr/remote/cache_service.hpp"
#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <string>

namespace ktstr::remote {

struct UploadPlan {
    std::uint64_t most_at_once = std::uint64_t{128} << 20; // bytes; what is larger goes in blocks
    std::uint64_t block = std::uint64_t{64} << 20;         // bytes
    unsigned parallel = 4;
    net::RetryPolicy retry = {};
};

// All `size` bytes of the open file. A block that fails in a way that passes is sent again; nothing
// of the file is held in memory but what is on its way.
Result<>
upload_blob(const SignedUrl& to, int file, std::uint64_t size, const UploadPlan& plan = {});

// The id of a block as it stands in a block list: base64 of 48 bytes, a UUID of 36 characters and
// the number in 12 digits. So does Azure's own client for JavaScript, and there are servers that
// take the blocks' order from it.
std::string block_id(const std::string& uuid, std::uint64_t number);

} // namespace ktstr::remote
