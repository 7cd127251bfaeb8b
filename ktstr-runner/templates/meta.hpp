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

// A file beside meta.json. Of a large one, a machine's memory, only the beginning is known by
// digest: reading all of it would cost what the template saves.
struct File {
    std::string name;
    std::uint64_t size = 0;
    std::string digest; // SHA-256 of all of it, or of its first `digest_bytes` if it is large
};

inline constexpr std::uint64_t digest_bytes = 1 << 20;
inline constexpr std::uint64_t large_file = 16 << 20; // the state of a machine is smaller

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
