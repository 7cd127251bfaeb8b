#include "guest/wire/cpio.hpp"

#include <charconv>
#include <cstdio>

namespace ktstr::wire::cpio {

std::string header(const Entry& entry, std::uint32_t inode) {
    const bool directory = (entry.mode & 0170000U) == 0040000U;
    std::array<char, header_size + 1> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                  magic.data(),
                  inode,
                  entry.mode,
                  0U, // uid
                  0U, // gid
                  directory ? 2U : 1U,
                  entry.mtime,
                  entry.size,
                  0U, // device
                  0U,
                  entry.rdev_major,
                  entry.rdev_minor,
                  static_cast<unsigned>(entry.name.size() + 1),
                  0U); // checksum, unused in newc
    std::string out(text.data(), header_size);
    out += entry.name;
    out += '\0';
    out.append(padding(out.size()), '\0');
    return out;
}

std::string end() {
    return header({.name = std::string(trailer)}, 0);
}

namespace {

std::optional<std::uint32_t> field(std::string_view head, std::size_t index) {
    const auto digits = head.substr(magic.size() + index * 8, 8);
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

} // namespace

std::optional<Reader::Item> Reader::next() {
    const std::string_view text(reinterpret_cast<const char*>(rest_.data()), rest_.size());
    if (complete_ || text.size() < header_size || !text.starts_with(magic)) {
        return std::nullopt;
    }
    const auto mode = field(text, 1);
    const auto mtime = field(text, 5);
    const auto size = field(text, 6);
    const auto major = field(text, 9);
    const auto minor = field(text, 10);
    const auto name_size = field(text, 11);
    if (!mode || !mtime || !size || !major || !minor || !name_size || *name_size == 0) {
        return std::nullopt;
    }
    const std::size_t name_end = header_size + *name_size;
    const std::size_t data_at = name_end + padding(name_end);
    if (*name_size > 4096 || data_at > text.size() || *size > text.size() - data_at) {
        return std::nullopt;
    }
    const auto name = text.substr(header_size, *name_size - 1);
    if (name == trailer) {
        complete_ = true;
        return std::nullopt;
    }
    Item item{
        .entry = {.name = std::string(name),
                  .mode = *mode,
                  .mtime = *mtime,
                  .size = *size,
                  .rdev_major = *major,
                  .rdev_minor = *minor},
        .data = rest_.subspan(data_at, *size)
    };
    const std::size_t next = data_at + *size + padding(*size);
    rest_ = next > rest_.size() ? std::span<const std::byte>{} : rest_.subspan(next);
    return item;
}

} // namespace ktstr::wire::cpio
