#include "ktstr-runner/machine/qemu/process_window.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/machine.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

namespace ktstr::machine::qemu {

namespace {

constexpr std::size_t largest_maps = 16 << 20;

std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()
               ? std::optional(value)
               : std::nullopt;
}

std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

// "7f5e00000000-7f5e30000000 rw-s 00000000 00:01 2051   /memfd:ktstr-ram (deleted)"
std::optional<Mapping>
mapping_in(std::string_view line, std::uint64_t inode, std::string_view name) {
    const auto range = next_word(line);
    next_word(line); // permissions
    const auto offset = number(next_word(line), 16);
    next_word(line); // device
    const auto found = number(next_word(line), 10);
    const auto dash = range.find('-');
    if (!found || *found != inode || !offset || dash == std::string_view::npos ||
        line.find(name) == std::string_view::npos) {
        return std::nullopt;
    }
    const auto begin = number(range.substr(0, dash), 16);
    const auto end = number(range.substr(dash + 1), 16);
    return begin && end ? std::optional(Mapping{*begin, *end - *begin, *offset}) : std::nullopt;
}

// Moves all bytes by pread(2) or pwrite(2), however many calls it takes.
template <class Byte, class Call>
Result<>
move_all(int fd, std::uint64_t at, std::span<Byte> bytes, Call call, std::string_view what) {
    while (!bytes.empty()) {
        const auto n = call(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n == 0) { // the address space is gone
            return fail(ErrorKind::guest, machine_is_gone);
        }
        if (n < 0) {
            return fail(Error::from_errno(fmt::format("cannot {} the machine's window", what)));
        }
        at += static_cast<std::uint64_t>(n);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

} // namespace

std::vector<Mapping>
mappings_of(std::string_view maps, std::uint64_t inode, std::string_view name) {
    std::vector<Mapping> found;
    for (const auto& line : split(maps, '\n')) {
        if (const auto mapping = mapping_in(line, inode, name)) {
            found.push_back(*mapping);
        }
    }
    std::ranges::sort(found, {}, &Mapping::offset);
    std::vector<Mapping> joined;
    for (const auto& mapping : found) {
        if (!joined.empty() && joined.back().address + joined.back().size == mapping.address &&
            joined.back().offset + joined.back().size == mapping.offset) {
            joined.back().size += mapping.size;
        } else {
            joined.push_back(mapping);
        }
    }
    return joined;
}

Result<ProcessWindow> ProcessWindow::open(pid_t pid,
                                          std::uint64_t inode,
                                          std::string_view name,
                                          std::uint64_t offset,
                                          std::uint64_t size) {
    const auto proc = std::filesystem::path("/proc") / std::to_string(pid);
    TRY_ASSIGN(const auto maps, read_file(proc / "maps", largest_maps));
    for (const auto& mapping : mappings_of(maps, inode, name)) {
        if (mapping.offset <= offset && offset - mapping.offset <= mapping.size &&
            size <= mapping.size - (offset - mapping.offset)) {
            return open_at(pid, mapping.address + (offset - mapping.offset), size);
        }
    }
    return fail(ErrorKind::internal,
                fmt::format("the machine's memory ({}) is not in {}/maps", name, proc.string()));
}

Result<ProcessWindow> ProcessWindow::open_at(pid_t pid, std::uint64_t address, std::uint64_t size) {
    auto memory = open_file(fmt::format("/proc/{}/mem", pid), O_RDWR);
    if (!memory) {
        return fail(
            std::move(memory).error().hint("the window is reached through /proc/<pid>/mem of QEMU: "
                                           "kernel.yama.ptrace_scope must be 0 or 1"));
    }
    return ProcessWindow(std::move(*memory), address, size);
}

Result<> ProcessWindow::read(std::uint64_t offset, std::span<std::byte> into) const {
    TRY(check(offset, into.size()));
    return move_all(memory_.get(), address_ + offset, into, ::pread, "read");
}

Result<> ProcessWindow::read_process(std::uint64_t address, std::span<std::byte> into) const {
    return move_all(memory_.get(), address, into, ::pread, "read");
}

Result<> ProcessWindow::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    TRY(check(offset, bytes.size()));
    return move_all(memory_.get(), address_ + offset, bytes, ::pwrite, "write to");
}

Result<> ProcessWindow::check(std::uint64_t offset, std::size_t bytes) const {
    if (offset > size_ || bytes > size_ - offset) {
        return fail(ErrorKind::internal,
                    fmt::format("{} bytes at {:#x} are outside the window", bytes, offset));
    }
    return {};
}

} // namespace ktstr::machine::qemu
