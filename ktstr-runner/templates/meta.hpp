// What a template says of itself: <template>/meta.json, written last.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::templates {

// Another number is another template: it is part of every key. History: 1 first version.
inline constexpr int format = 1;

// A file beside meta.json. Of a large one only the beginning is known by digest: reading all of a
// machine's memory would cost what the template saves.
struct File {
    std::string name;
    std::uint64_t size = 0;
    std::string digest; // SHA-256 of its first `digest_bytes`
};

inline constexpr std::uint64_t digest_bytes = 1 << 20;

struct Meta {
    std::string key;
    std::string machine;        // for people: "qemu 10.0.2, tcg, microvm"
    std::string topology;       // "1n1l2c1t"
    std::uint64_t memory = 0;   // bytes
    std::string kernel;         // key or path of the kernel
    std::string kernel_release; // `uname -r` of the guest
    std::string setup;          // the command that ran in it; empty: it was booted and no more
    std::int64_t made_at = 0;   // UTC seconds
    // How far the two rings of the window had been used (bytes since the start).
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::vector<File> files;
};

// Takes size and digest of the regular files of a directory.
Result<std::vector<File>> describe_files(const std::filesystem::path& directory);

Result<> write_meta(const std::filesystem::path& directory, const Meta& meta);

// Reads meta.json and checks the files against it: an error says what is damaged.
Result<Meta> read_meta(const std::filesystem::path& directory);

} // namespace ktstr::templates
