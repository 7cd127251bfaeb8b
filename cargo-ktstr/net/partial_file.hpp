// PartialFile: the bytes of a download so far, and by what a server knows whether they are still
// its own.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace ktstr::net {

class PartialFile final {
public:
    // <into>.part as it was left, if that was for the same URL; else with nothing in it. `into` is
    // absolute.
    static Result<PartialFile> open(const std::filesystem::path& into, const std::string& url);

    std::uint64_t size() const { return size_; }

    // For If-Range (RFC 9110, 13.1.5): a strong ETag, else a Last-Modified. Empty: what is here
    // cannot be gone on with.
    const std::string& validator() const { return validator_; }

    // Forgets all bytes; those to come are of the version that `validator` names.
    Result<> begin(const std::string& validator);

    // An error for a full disk says so; what was written before stays.
    Result<> append(std::span<const std::byte> bytes);

    // How many of the bytes were here when it was opened.
    std::uint64_t kept() const { return kept_; }

    // Removes it and what is beside it: there is nothing to go on with.
    Result<> discard();

    // Makes it `into`, whole and on the disk.
    Result<> finish();

private:
    PartialFile(std::filesystem::path into, std::string url_digest, Fd fd)
        : into_(std::move(into)), url_digest_(std::move(url_digest)), fd_(std::move(fd)) {}

    Result<> read_note();

    std::filesystem::path into_;
    std::string url_digest_; // URLs hold secrets
    Fd fd_;
    std::uint64_t size_ = 0;
    std::uint64_t kept_ = 0;
    std::string validator_;
};

} // namespace ktstr::net
