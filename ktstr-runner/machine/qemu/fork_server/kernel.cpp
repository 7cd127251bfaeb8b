#include "ktstr-runner/machine/qemu/fork_server/kernel.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

namespace ktstr::machine::qemu::fork_server {

namespace {

// struct linux_dirent64 of getdents64(2)
struct Entry {
    std::uint64_t inode;
    std::int64_t next;
    std::uint16_t size;
    std::uint8_t type;
    // then the name
};

constexpr std::size_t name_offset = 19;

} // namespace

std::uint64_t now_ns() {
    constexpr std::uint64_t second = 1'000'000'000;
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * second +
           static_cast<std::uint64_t>(time.tv_nsec);
}

bool for_each_number(const char* directory, EachNumber each, void* context) {
    const int fd = ::open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    alignas(Entry) std::array<char, 8192> buffer;
    for (;;) {
        const auto n = ::syscall(SYS_getdents64, fd, buffer.data(), buffer.size());
        if (n <= 0) {
            ::close(fd);
            return n == 0;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
            Entry entry{};
            std::memcpy(&entry, buffer.data() + at, name_offset);
            const std::string_view name(buffer.data() + at + name_offset);
            int number = 0;
            const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
            if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size() &&
                number != fd) {
                each(context, number);
            }
            at += entry.size;
        }
    }
}

bool for_each_line(const char* path, EachLine each, void* context) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    std::array<char, 4096> buffer;
    std::size_t used = 0;
    bool goes_on = true;
    while (goes_on) {
        const auto n = ::read(fd, buffer.data() + used, buffer.size() - used);
        if (n <= 0) {
            goes_on = n == 0;
            break;
        }
        used += static_cast<std::size_t>(n);
        std::size_t begin = 0;
        while (goes_on) {
            const auto* const end =
                static_cast<const char*>(std::memchr(buffer.data() + begin, '\n', used - begin));
            if (end == nullptr) {
                break;
            }
            const auto size = static_cast<std::size_t>(end - (buffer.data() + begin));
            goes_on = each(context, {buffer.data() + begin, size});
            begin += size + 1;
        }
        std::copy(buffer.data() + begin, buffer.data() + used, buffer.data());
        used -= begin;
        used = used == buffer.size() ? 0 : used;
    }
    ::close(fd);
    return goes_on;
}

std::uint64_t take_number(std::string_view& text, unsigned base) {
    std::uint64_t number = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), number, static_cast<int>(base));
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return parsed.ec == std::errc{} ? number : 0;
}

ProcPath::ProcPath(std::string_view folder, int number) {
    static_assert(sizeof text >= 32 + std::numeric_limits<int>::digits10);
    auto* at = static_cast<char*>(text);
    for (const auto part : {std::string_view("/proc/self/"), folder, std::string_view("/")}) {
        at = std::copy(part.begin(), part.end(), at);
    }
    *std::to_chars(at, static_cast<char*>(text) + sizeof text - 1, number).ptr = '\0';
}

} // namespace ktstr::machine::qemu::fork_server
