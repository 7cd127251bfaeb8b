#include "cargo-ktstr/kernels/lzop.hpp"

#include <lzo/lzo1x.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace ktstr::kernels {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::array<unsigned char, 9> magic{0x89, 'L', 'Z', 'O', 0x00, 0x0d, 0x0a, 0x1a, 0x0a};

// From this version on the header has a level and the upper half of a time.
constexpr std::uint32_t longer_header = 0x0940;
constexpr std::uint32_t has_filter = 0x0800;
constexpr std::size_t largest_block = std::size_t{256} << 10; // the kernel's LZO_BLOCK_SIZE

// Numbers are big-endian. Past the end it gives zeroes and remembers that.
class Reader {
public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}

    bool ended() const { return ended_; }

    Bytes take(std::size_t n) {
        if (n > rest_.size()) {
            ended_ = true;
            return {};
        }
        const auto taken = rest_.first(n);
        rest_ = rest_.subspan(n);
        return taken;
    }

    std::uint32_t number(std::size_t width) {
        std::uint32_t value = 0;
        for (const auto byte : take(width)) {
            value = value << 8 | std::to_integer<std::uint32_t>(byte);
        }
        return value;
    }

private:
    Bytes rest_;
    bool ended_ = false;
};

// Version, library's version, version needed, method, level; flags, filter; mode, times; name and
// the header's checksum.
void skip_header(Reader& in) {
    in.take(magic.size());
    const auto version = in.number(2);
    const bool longer = version >= longer_header;
    in.take(longer ? 6 : 5);
    if ((in.number(4) & has_filter) != 0) {
        in.take(4);
    }
    in.take(longer ? 12 : 8);
    in.take(in.number(1) + 4);
}

// As much as `out` has room for.
bool unpack_block(Bytes packed, std::span<char> out) {
    if (packed.size() == out.size()) { // it would not have become smaller
        std::memcpy(out.data(), packed.data(), packed.size());
        return true;
    }
    lzo_uint written = out.size();
    return lzo1x_decompress_safe(reinterpret_cast<const unsigned char*>(packed.data()),
                                 packed.size(),
                                 reinterpret_cast<unsigned char*>(out.data()),
                                 &written,
                                 nullptr) == LZO_E_OK &&
           written == out.size();
}

} // namespace

bool is_lzop(Bytes file) {
    return file.size() >= magic.size() &&
           std::ranges::equal(file.first(magic.size()), std::as_bytes(std::span(magic)));
}

Result<bool>
unpack_lzop(Bytes file, std::size_t limit, const std::function<Result<>(std::string_view)>& sink) {
    if (!is_lzop(file) || lzo_init() != LZO_E_OK) {
        return false;
    }
    Reader in(file);
    skip_header(in);
    std::string block;
    for (;;) {
        const std::size_t size = in.number(4);
        if (in.ended() || size > largest_block || size > limit) {
            return false;
        }
        if (size == 0) {
            return true;
        }
        const std::size_t packed_size = in.number(4);
        in.take(4); // checksum of what is unpacked
        const auto packed = in.take(packed_size);
        block.resize(size);
        if (in.ended() || packed_size > size || !unpack_block(packed, block)) {
            return false;
        }
        limit -= size;
        TRY(sink(block));
    }
}

} // namespace ktstr::kernels
