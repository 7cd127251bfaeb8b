// Downloads that go on where they broke off, in the same process or the next.
//
// While a file is fetched there are three files beside it: FILE.part, its bytes so far;
// FILE.part.json, what says that they are still those of the server; FILE.lock, held by the process
// that fetches, which stays.
#pragma once

#include "cargo-ktstr/net/backoff.hpp"
#include "ktstr-runner/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ktstr::net {

struct Transferred {
    std::uint64_t bytes = 0;            // that we have
    std::optional<std::uint64_t> total; // absent: the server does not say
};

struct Download {
    std::string url;
    std::filesystem::path into; // its directory exists
    std::uint64_t most_bytes = std::uint64_t{4} << 30;
    std::function<void(const Transferred&)> on_progress = {}; // after every piece
    // Lines for people: that another process is waited for, that an attempt failed.
    std::function<void(const std::string&)> on_note = {};
    RetryPolicy retry = {};
    std::chrono::seconds silence_limit{30};
};

struct Downloaded {
    std::uint64_t bytes = 0;        // of the file
    std::uint64_t resumed_from = 0; // bytes that an earlier call had left
    unsigned attempts = 0;          // 0: the file was there
    std::chrono::nanoseconds took{0};
};

// Absent when the server has no such file (404, 410). A file that is there already is taken for the
// one that is wanted: who doubts it removes it first. Two processes that want one file fetch it
// once. Connections that fail and answers that may be others the next time are tried again as
// `retry` says; what came so far is kept for the next call even when this one fails.
Result<std::optional<Downloaded>> download(const Download& wanted);

} // namespace ktstr::net
