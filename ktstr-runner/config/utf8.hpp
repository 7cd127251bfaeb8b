// UTF-8 to code points and back. A byte that is not part of valid UTF-8 reads as U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::config {

std::u32string decode_utf8(std::string_view bytes);
std::string encode_utf8(char32_t c);

// Unicode scalar values: all code points but the surrogates.
constexpr bool is_scalar(char32_t c) {
    return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

} // namespace ktstr::config
