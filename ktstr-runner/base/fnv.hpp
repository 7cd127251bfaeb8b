// FNV-1a, 64 bits: a hash that is the same on every host and in every version, for choices that
// must be.
#pragma once

#include <cstdint>
#include <string_view>

namespace ktstr {

constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t seed = 0) {
    std::uint64_t value = 0xcbf29ce484222325ULL ^ seed;
    for (const char c : text) {
        value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    return value;
}

static_assert(fnv1a("") == 0xcbf29ce484222325ULL && fnv1a("a") == 0xaf63dc4c8601ec8cULL);

} // namespace ktstr
