#include "ktstr-runner/config/utf8.hpp"

#include "ktstr-runner/base/text.hpp"

#include <bit>

namespace ktstr::config {

std::u32string decode_utf8(std::string_view bytes) {
    const auto valid = to_utf8(bytes);
    std::u32string out;
    for (std::size_t i = 0; i < valid.size();) {
        const auto lead = static_cast<unsigned char>(valid[i]);
        const auto length = lead < 0x80 ? 1U : static_cast<unsigned>(std::countl_one(lead));
        char32_t c = lead < 0x80 ? lead : lead & (0x7FU >> length);
        for (unsigned k = 1; k < length; ++k) {
            c = (c << 6) | (static_cast<unsigned char>(valid[i + k]) & 0x3FU);
        }
        out += c;
        i += length;
    }
    return out;
}

std::string encode_utf8(char32_t c) {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80 | ((c >> shift) & 0x3F));
    };
    if (c < 0x80) {
        return {static_cast<char>(c)};
    }
    if (c < 0x800) {
        return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
    }
    if (c < 0x10000) {
        return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
    }
    return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

} // namespace ktstr::config
