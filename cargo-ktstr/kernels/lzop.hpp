// The files of lzop(1), in which a kernel with CONFIG_KERNEL_LZO lies in its image; Debian's
// libarchive leaves them to a program that is seldom installed.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

namespace ktstr::kernels {

bool is_lzop(std::span<const std::byte> file);

// Gives what it holds to `sink`, block by block. False when it is damaged or longer than `limit`
// bytes. Checksums are not looked at, and blocks have 256 KiB at most, as the kernel's own unpacker
// has it (lib/decompress_unlzo.c).
Result<bool> unpack_lzop(std::span<const std::byte> file,
                         std::size_t limit,
                         const std::function<Result<>(std::string_view)>& sink);

} // namespace ktstr::kernels
