#include "ktstr-runner/machine/qemu/fork_server/memory.hpp"

#include "ktstr-runner/machine/qemu/fork_server/kernel.hpp"
#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ktstr::machine::qemu::fork_server {

namespace {

// A line of /proc/<pid>/smaps (proc(5)) that begins a mapping.
struct Mapping {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t offset = 0;
    std::uint64_t inode = 0; // of RAM, else 0
    bool shared = false;
    bool kept_from_forks = false;

    void* address() const {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): /proc says numbers
        return reinterpret_cast<void*>(begin);
    }

    std::size_t size() const { return end - begin; }
};

constexpr std::size_t most_mappings = 8192;

bool take_char(std::string_view& text, char c) {
    const bool is_there = text.starts_with(c);
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

std::string_view take_word(std::string_view& text) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return word;
}

// "7f5e00000000-7f5e30000000 rw-s 00000000 00:01 2051   /memfd:ktstr-ram (deleted)"; false for
// another line.
bool parse(std::string_view line, Mapping& mapping) {
    mapping = {};
    mapping.begin = take_number(line, 16);
    if (!take_char(line, '-')) {
        return false;
    }
    mapping.end = take_number(line, 16);
    if (!take_char(line, ' ') || mapping.end <= mapping.begin) {
        return false;
    }
    mapping.shared = take_word(line).ends_with('s');
    mapping.offset = take_number(line, 16);
    take_char(line, ' ');
    take_word(line); // device
    const auto inode = take_number(line, 10);
    if (line.find(ram_name) != std::string_view::npos) {
        mapping.inode = inode;
    }
    return true;
}

bool find_mappings(std::span<Mapping> into, std::size_t& count) {
    count = 0;
    return for_each_line("/proc/self/smaps", [&](std::string_view line) {
        Mapping mapping;
        if (parse(line, mapping)) {
            if (count == into.size()) {
                return false;
            }
            into[count++] = mapping;
        } else if (count != 0 && line.starts_with("VmFlags:")) {
            into[count - 1].kept_from_forks = line.find(" dc") != std::string_view::npos;
        }
        return true;
    });
}

int open_inode(std::uint64_t inode) {
    int found = -1;
    for_each_number("/proc/self/fd", [&](int fd) {
        struct stat info{};
        if (found < 0 && ::fstat(fd, &info) == 0 && info.st_ino == inode && S_ISREG(info.st_mode)) {
            std::array<char, 64> name{};
            const auto n = ::readlink(ProcPath("fd", fd).c_str(), name.data(), name.size());
            if (n > 0 &&
                std::string_view(name.data(), static_cast<std::size_t>(n)).starts_with(ram_name)) {
                found = fd;
            }
        }
    });
    return found;
}

bool make_private(const Mapping& mapping) {
    const int fd = open_inode(mapping.inode);
    return fd >= 0 && ::mmap(mapping.address(),
                             mapping.size(),
                             PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
                             fd,
                             static_cast<off_t>(mapping.offset)) == mapping.address();
}

} // namespace

bool keep_memory_for_forks() {
    static std::array<Mapping, most_mappings> mappings;
    std::size_t count = 0;
    if (!find_mappings(mappings, count)) {
        return false;
    }
    bool has_ram = false;
    for (const auto& mapping : std::span(mappings).first(count)) {
        if (mapping.inode != 0) {
            has_ram = true;
            if (mapping.shared && !make_private(mapping)) {
                return false; // in a fork it is private
            }
        } else if (mapping.kept_from_forks &&
                   ::madvise(mapping.address(), mapping.size(), MADV_DOFORK) != 0) {
            return false;
        }
    }
    return has_ram;
}

} // namespace ktstr::machine::qemu::fork_server
