#include "ktstr-runner/machine/qemu/fork_server/descriptors.hpp"

#include "ktstr-runner/machine/qemu/fork_server/kernel.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ktstr::machine::qemu::fork_server {

namespace {

enum class Kind { other, event, empty_epoll, unfit };

struct Renewed {
    Kind kind = Kind::other;
    int fd = -1;
    int status_flags = 0;
    int descriptor_flags = 0;
};

constexpr std::size_t most = 4096;
std::array<Renewed, most> renewed;
std::size_t count = 0;

// eventfd(2): "eventfd-count: <hexadecimal>"
std::uint64_t event_value(int fd) {
    std::uint64_t value = 0;
    for_each_line(ProcPath("fdinfo", fd).c_str(), [&](std::string_view line) {
        constexpr std::string_view name = "eventfd-count:";
        if (line.starts_with(name)) {
            line.remove_prefix(line.find_first_not_of(" \t", name.size()));
            value = take_number(line, 16);
        }
        return true;
    });
    return value;
}

// proc(5): a line "tfd: ..." for each member.
bool is_empty_epoll(int fd) {
    bool empty = true;
    for_each_line(ProcPath("fdinfo", fd).c_str(), [&](std::string_view line) {
        empty = empty && !line.starts_with("tfd:");
        return true;
    });
    return empty;
}

Kind kind_of(int fd) {
    std::array<char, 64> text{};
    const auto n = ::readlink(ProcPath("fd", fd).c_str(), text.data(), text.size());
    if (n <= 0) {
        return Kind::unfit;
    }
    const std::string_view target(text.data(), static_cast<std::size_t>(n));
    if (!target.starts_with("anon_inode:")) {
        return Kind::other;
    }
    if (target == "anon_inode:[eventfd]") {
        return Kind::event;
    }
    if (target == "anon_inode:[eventpoll]") {
        return is_empty_epoll(fd) ? Kind::empty_epoll : Kind::unfit;
    }
    // A signalfd is of whoever reads it, a pidfd of whom it names.
    return target == "anon_inode:[signalfd]" || target == "anon_inode:[pidfd]" ? Kind::other
                                                                               : Kind::unfit;
}

bool renew(const Renewed& old) {
    int fresh = -1;
    if (old.kind == Kind::event) {
        fresh = ::eventfd(0, EFD_CLOEXEC | (old.status_flags & EFD_NONBLOCK));
        const auto value = event_value(old.fd);
        if (fresh >= 0 && value != 0 && ::write(fresh, &value, sizeof value) != sizeof value) {
            return false;
        }
    } else {
        fresh = ::epoll_create1(EPOLL_CLOEXEC);
    }
    const int flags = (old.descriptor_flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0;
    const bool done = fresh >= 0 && ::dup3(fresh, old.fd, flags) == old.fd;
    ::close(fresh);
    return done;
}

} // namespace

bool know_descriptors() {
    count = 0;
    bool fit = true;
    const bool seen = for_each_number("/proc/self/fd", [&](int fd) {
        const auto kind = kind_of(fd);
        if (kind == Kind::other) {
            return;
        }
        if (kind == Kind::unfit || count == renewed.size()) {
            fit = false;
            return;
        }
        renewed[count++] = {.kind = kind,
                            .fd = fd,
                            .status_flags = ::fcntl(fd, F_GETFL),
                            .descriptor_flags = ::fcntl(fd, F_GETFD)};
    });
    return seen && fit;
}

bool renew_descriptors() {
    for (const auto& one : std::span(renewed).first(count)) {
        if (!renew(one)) {
            return false;
        }
    }
    return true;
}

} // namespace ktstr::machine::qemu::fork_server
