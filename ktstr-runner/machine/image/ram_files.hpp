// The files that a machine's RAM is in, one a NUMA node.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::machine {

struct RamFile {
    Fd fd;
    std::uint64_t inode;
    std::string name; // as it stands in /proc/<pid>/maps
};

// "ram0" for node 0, in a saved machine's directory.
std::filesystem::path ram_path(const std::filesystem::path& directory, std::size_t node);

// A file without a name, so that nothing of it can be left behind: all zeros. It cannot be cut, so
// that no process loses what it has mapped.
Result<RamFile> make_ram_file(std::uint64_t size);

// A saved one, as it is, to be read (and so to be mapped privately) or to be written too. Refused
// when it has another size.
enum class Access { read, write };
Result<RamFile> open_ram_file(const std::filesystem::path& path, std::uint64_t size, Access access);

// Writes all of `bytes`; or the pages of them alone that are not zeros, to a file that has none
// there.
Result<> write_at(int fd, std::span<const std::byte> bytes, std::uint64_t offset);
Result<> write_pages(int fd, std::span<const std::byte> bytes, std::uint64_t offset);

// Copies what is not zero; `to` is empty or made by make_ram_file. Pages of zeros become holes.
Result<> copy_ram(int from, int to, std::uint64_t size);

} // namespace ktstr::machine
