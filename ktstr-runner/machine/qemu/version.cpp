#include "ktstr-runner/machine/qemu/version.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ktstr::machine::qemu {

std::string Version::text() const {
    return fmt::format("{}.{}.{}", major, minor, micro);
}

std::optional<Version> Version::parse(std::string_view output) {
    constexpr std::string_view intro = "QEMU emulator version ";
    const auto at = output.find(intro);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto* next = output.data() + at + intro.size();
    const auto* const end = output.data() + output.size();
    Version version;
    for (auto* const part : {&version.major, &version.minor, &version.micro}) {
        const auto parsed = std::from_chars(next, end, *part);
        if (parsed.ec != std::errc{}) {
            return std::nullopt;
        }
        next = parsed.ptr + (parsed.ptr != end && *parsed.ptr == '.' ? 1 : 0);
    }
    return version;
}

} // namespace ktstr::machine::qemu
