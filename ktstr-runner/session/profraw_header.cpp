#include "ktstr-runner/session/profraw_header.hpp"

#include <array>
#include <cstring>

namespace ktstr::session::profraw {

namespace {

// The words of the header, in order.
enum Word : std::size_t {
    magic,
    version,
    binary_ids_size,
    data_count,
    padding_before_counters,
    counter_count,
    padding_after_counters,
    bitmap_size,
    padding_after_bitmap,
    names_size,
    counters_delta,
    bitmap_delta,
    names_delta,
    vtable_count,
    vtable_names_size,
    value_kind_last,
    words,
};

constexpr std::uint64_t magic_64 = 0xff6c'7072'6f66'7281; // "\xfflprofr\x81"
constexpr std::uint64_t version_bits = 0x00ff'ffff'ffff'ffff;
constexpr std::uint64_t byte_coverage = 1ULL << 60; // VARIANT_MASK_BYTE_COVERAGE
constexpr std::uint64_t known_version = 10;

constexpr std::uint64_t data_size = 64;   // of a function's record
constexpr std::uint64_t vtable_size = 24; // of a vtable's

using Header = std::array<std::uint64_t, words>;
static_assert(sizeof(Header) == header_size);

std::uint64_t padded(std::uint64_t size) {
    return (size + 7) / 8 * 8;
}

} // namespace

std::optional<std::string> why_not_whole(std::string_view head, std::uint64_t size) {
    if (size == 0) {
        return "it is empty";
    }
    Header header{};
    if (head.size() < header_size || size < header_size) {
        return "it ends in its header";
    }
    std::memcpy(header.data(), head.data(), header_size);
    if (header[magic] != magic_64) {
        return "it does not begin as a profile of a 64-bit program";
    }
    if ((header[version] & version_bits) != known_version) {
        return std::nullopt;
    }
    for (const auto word : {binary_ids_size,
                            data_count,
                            padding_before_counters,
                            counter_count,
                            padding_after_counters,
                            bitmap_size,
                            padding_after_bitmap,
                            names_size,
                            vtable_count,
                            vtable_names_size}) {
        if (header[word] > size) { // no sum below overflows
            return "its header tells of more than there is";
        }
    }
    const std::uint64_t counter_size = (header[version] & byte_coverage) != 0 ? 1 : 8;
    const auto least = header_size + header[binary_ids_size] + header[data_count] * data_size +
                       header[padding_before_counters] + header[counter_count] * counter_size +
                       header[padding_after_counters] + header[bitmap_size] +
                       header[padding_after_bitmap] + padded(header[names_size]) +
                       header[vtable_count] * vtable_size + padded(header[vtable_names_size]);
    if (size < least) {
        return "it has " + std::to_string(size) + " bytes of at least " + std::to_string(least);
    }
    return std::nullopt;
}

} // namespace ktstr::session::profraw
