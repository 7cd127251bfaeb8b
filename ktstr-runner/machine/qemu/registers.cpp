#include "ktstr-runner/machine/qemu/registers.hpp"

#include "ktstr-runner/base/text.hpp"

#include <charconv>
#include <optional>

namespace ktstr::machine::qemu {

namespace {

constexpr int hexadecimal = 16;

std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view name, int base) {
    const auto at = text.find(name);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(at + name.size());
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc{} ? std::optional(value) : std::nullopt;
}

} // namespace

// "CPU#0", lines of registers, "RIP=... RFL=... [...] CPL=0 II=0 A20=1 SMM=0 HLT=1".
std::vector<VcpuPlace> places_in(std::string_view registers) {
    constexpr std::string_view begin = "CPU#";
    std::vector<VcpuPlace> places;
    for (auto at = registers.find(begin); at != std::string_view::npos;) {
        const auto next = registers.find(begin, at + 1);
        const auto one = registers.substr(at, next - at);
        const auto pc = number_behind(one, "RIP=", hexadecimal);
        const auto level = number_behind(one, "CPL=", 10);
        const auto halted = number_behind(one, "HLT=", 10);
        if (!pc || !level || !halted) {
            return {};
        }
        places.push_back({.pc = *pc, .in_kernel = *level == 0, .halted = *halted != 0});
        at = next;
    }
    return places;
}

} // namespace ktstr::machine::qemu
