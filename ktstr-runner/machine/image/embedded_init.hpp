// ktstr-init, the guest's first program, as the build embedded it in this one (cmake/embed.cmake).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ktstr::machine {

struct EmbeddedInit {
    std::span<const std::byte> bytes;
    std::string_view digest; // SHA-256, taken at build time
};

EmbeddedInit embedded_init();

} // namespace ktstr::machine
