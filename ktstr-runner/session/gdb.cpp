#include "ktstr-runner/session/gdb.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace ktstr::session {

namespace {

// kernel/sched/ext.c: until 6.15, since then; kernel/panic.c.
constexpr std::array<std::string_view, 4> failures{
    "scx_ops_exit_kind", "scx_exit", "scx_vexit", "panic"};

constexpr std::uint64_t ns_a_second = 1'000'000'000;

std::string quoted(const std::string& text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-+=./,:@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) {
        return text;
    }
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + '\'';
}

} // namespace

std::string gdb_command(const GdbTarget& target) {
    std::string line = "gdb";
    if (!target.vmlinux.empty()) {
        line += ' ' + quoted(target.vmlinux.string());
    }
    const auto run = [&line](const std::string& command) { line += " -ex " + quoted(command); };
    run("target remote " + target.socket.string());
    if (target.program_base) {
        run(fmt::format(
            "add-symbol-file {} -o {:#x}", target.program.string(), *target.program_base));
    }
    return line;
}

std::vector<std::string> places_of_failure(const KernelSymbols& symbols) {
    std::vector<std::string> places;
    for (const auto name : failures) {
        if (symbols.has(name)) {
            places.emplace_back(name);
        }
    }
    return places;
}

std::string describe_places(std::span<const VcpuPlace> places, const KernelSymbols& symbols) {
    std::string text;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& place = places[i];
        text +=
            fmt::format("  vCPU {}: {}{}{}\n",
                        i,
                        place.halted ? "idle, " : "",
                        place.in_kernel ? "in the kernel, " : "in user space, ",
                        place.in_kernel ? symbols.at(place.pc) : fmt::format("{:#x}", place.pc));
    }
    return text;
}

std::string guest_time(std::uint64_t ns) {
    auto text = fmt::format("{}.{:09}", ns / ns_a_second, ns % ns_a_second);
    text.resize(text.find_last_not_of('0') + 1);
    text.resize(text.size() - (text.ends_with('.') ? 1 : 0));
    return text + " s";
}

} // namespace ktstr::session
