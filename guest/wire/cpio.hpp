// The "newc" cpio format (kernel: Documentation/driver-api/early-userspace/buffer-format.rst), as
// both sides need it: the payload, and the boot image. Header: 6 magic characters and 13 fields of
// 8 hex digits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::wire::cpio {

inline constexpr std::size_t header_size = 110;
inline constexpr std::string_view magic = "070701";
inline constexpr std::string_view trailer = "TRAILER!!!";

struct Entry {
    std::string name;        // without a leading slash
    std::uint32_t mode = 0;  // S_IFMT and permissions
    std::uint32_t mtime = 0; // s
    std::uint32_t size = 0;  // bytes of data (a link's target for a symbolic link)
    std::uint32_t rdev_major = 0;
    std::uint32_t rdev_minor = 0;
};

constexpr std::size_t padding(std::size_t size) {
    return (4 - size % 4) % 4;
}

// Header, name and padding that stand before an entry's data. Data is followed by padding(size)
// zero bytes.
std::string header(const Entry& entry, std::uint32_t inode);

// The archive's end.
std::string end();

// Walks an archive in memory. next() is absent at the trailer or at the first thing that is not
// cpio: ok() tells which.
class Reader final {
public:
    explicit Reader(std::span<const std::byte> archive) : rest_(archive) {}

    struct Item {
        Entry entry;
        std::span<const std::byte> data;
    };

    std::optional<Item> next();

    bool ok() const { return complete_; }

private:
    std::span<const std::byte> rest_;
    bool complete_ = false;
};

} // namespace ktstr::wire::cpio
