// AtomicFile: a file that appears under its name whole or not at all (temporary name, fsync,
// rename).
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <filesystem>
#include <string_view>

namespace ktstr {

class AtomicFile final {
public:
    AtomicFile(AtomicFile&& other) noexcept = default;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile(); // without commit(): nothing is left

    // The parent directory must exist.
    static Result<AtomicFile> create(const std::filesystem::path& path, unsigned mode = 0644);

    int fd() const { return fd_.get(); }

    Result<> write(std::string_view text);

    // fsync, rename over `path`, fsync of the directory.
    Result<> commit();

    // The same, but never over another file: false, and nothing changed, when the name is taken.
    Result<bool> commit_new();

private:
    AtomicFile(std::filesystem::path path, std::filesystem::path temporary, Fd fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

    Result<> sync() const;
    Result<> sync_folder() const;

    std::filesystem::path path_;
    std::filesystem::path temporary_; // empty once committed or moved from
    Fd fd_;
};

// create + write + commit.
Result<> write_file_atomically(const std::filesystem::path& path,
                               std::string_view text,
                               unsigned mode = 0644);

// create_directories with an error that names the path.
Result<> make_directories(const std::filesystem::path& path);

} // namespace ktstr
