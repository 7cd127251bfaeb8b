// The version of a QEMU, as `qemu-system-x86_64 --version` tells it.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::machine::qemu {

struct Version {
    unsigned major = 0;
    unsigned minor = 0;
    unsigned micro = 0;

    auto operator<=>(const Version&) const = default;

    std::string text() const;

    // From "QEMU emulator version 10.0.2 (Debian ...)".
    static std::optional<Version> parse(std::string_view output);
};

// The first that emulates self-patching guests with several threads and does not corrupt them.
inline constexpr Version first_with_sound_threads{10, 0, 0};

} // namespace ktstr::machine::qemu
