// The files of lzop(1), in which a kernel with CONFIG_KERNEL_LZO lies in its image; Debian's
// libarchive leaves them to a program that is seldom installed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace ktstr::kernels {

bool is_lzop(std::span<const std::byte> file);

// What it holds; absent when it is damaged or longer than `limit` bytes. Checksums are not looked
// at, as the kernel's own unpacker does not (lib/decompress_unlzo.c).
std::optional<std::string> unpack_lzop(std::span<const std::byte> file, std::size_t limit);

} // namespace ktstr::kernels
