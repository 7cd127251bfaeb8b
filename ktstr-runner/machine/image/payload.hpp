// The payload: what a test needs in the guest, as one newc cpio archive: the program, the shared libraries it needs (at
// the paths they have on the host), files of the package, programs named in the configuration.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::machine {

class Payload final {
public:
    // Adds a regular file (followed through symbolic links on the way: the links themselves are added too, so that the
    // path works in the guest as it does here). Adding twice is harmless. Parents come along.
    Result<> add_file(const std::filesystem::path& path);

    // Adds a file with other content or under another name.
    Result<> add_file_as(const std::filesystem::path& source, const std::filesystem::path& guest_path);
    Result<> add_text(const std::filesystem::path& guest_path, std::string text, unsigned mode = 0644);
    Result<> add_directory(const std::filesystem::path& path);
    Result<> add_symlink(const std::filesystem::path& guest_path, const std::string& target);

    // Adds a program with its interpreter and every shared library that it needs, found as ld.so finds them
    // (DT_RPATH, LD_LIBRARY_PATH = `library_path`, DT_RUNPATH, /etc/ld.so.cache, the default directories). A script
    // brings its interpreter. A missing library is an error that names it and who needs it; a binary of another
    // architecture is one that names both.
    Result<> add_program(const std::filesystem::path& path, const std::string& library_path);

    // Bytes of the archive.
    std::uint64_t size() const;

    // Gives the archive piece by piece, in order, without building it in memory (files are mapped).
    Result<> emit(const std::function<Result<>(std::uint64_t offset, std::span<const std::byte>)>& sink) const;

    std::size_t entries() const;
};

} // namespace ktstr::machine
