#include "guest/scheduler/watchdog.hpp"

#include "guest/scheduler/btf.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace ktstr::guest {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "what does audit call this processor?"
#endif

constexpr std::size_t longest_btf = 64U << 20;
constexpr std::int64_t most_ms = 30'000; // kernel/sched/ext.c, SCX_WATCHDOG_MAX_TIMEOUT

// The lower half of the first argument, `cmd`.
constexpr std::uint32_t command = offsetof(seccomp_data, args);

constexpr std::array<sock_filter, 8> filter{
    {
     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 5),
     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, command),
     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_MAP_UPDATE_ELEM, 0, 1),
     BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
     BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
     }
};

// The head of union bpf_attr for BPF_MAP_UPDATE_ELEM.
struct UpdateAttributes {
    std::uint32_t map_fd = 0;
    std::uint32_t padding = 0;
    std::uint64_t key = 0;
    std::uint64_t value = 0;
};

bpf_map_info describe_map(int fd) {
    bpf_map_info info{};
    bpf_attr attributes{};
    attributes.info.bpf_fd = static_cast<std::uint32_t>(fd);
    attributes.info.info_len = sizeof info;
    attributes.info.info = reinterpret_cast<std::uintptr_t>(&info);
    if (::syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof attributes) != 0) {
        return {};
    }
    return info;
}

Fd take_descriptor(int handle, int number) {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, handle, number, 0)));
}

} // namespace

std::optional<int> hold_map_updates() {
    auto statements = filter;
    const sock_fprog program{.len = static_cast<unsigned short>(statements.size()),
                             .filter = statements.data()};
    const auto fd =
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    return fd < 0 ? std::nullopt : std::optional(static_cast<int>(fd));
}

WatchdogOverride::WatchdogOverride(std::int64_t limit_ms, int handle, int descriptor)
    : limit_ms_(static_cast<std::uint32_t>(std::clamp<std::int64_t>(limit_ms, 1, most_ms))),
      handle_(handle), listener_(take_descriptor(handle, descriptor)) {
    if (!listener_) {
        problem_ = errno_text("cannot set the watchdog's limit: pidfd_getfd");
        return;
    }
    const auto btf = read_file("/sys/kernel/btf/vmlinux", longest_btf).value_or("");
    const auto data = find_member(btf, "bpf_struct_ops_sched_ext_ops", "data");
    const auto timeout = find_member(btf, "sched_ext_ops", "timeout_ms");
    if (!data || !timeout) {
        problem_ = "cannot set the watchdog's limit: the kernel's BTF has no "
                   "sched_ext_ops.timeout_ms";
        return;
    }
    value_type_ = data->struct_id;
    offset_ = data->offset + timeout->offset;
}

void WatchdogOverride::serve() {
    seccomp_notif call{};
    if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
        if (errno != EINTR && errno != ENOENT) { // ENOENT: its thread has died meanwhile
            listener_.reset();
        }
        return;
    }
    change(static_cast<pid_t>(call.pid), call.data.args[1]);
    seccomp_notif_resp answer{.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void WatchdogOverride::change(pid_t thread, std::uint64_t attributes) {
    const auto path = "/proc/" + std::to_string(thread) + "/mem";
    const Fd memory(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    UpdateAttributes update;
    if (value_type_ == 0 || !memory ||
        ::pread(memory.get(), &update, sizeof update, static_cast<off_t>(attributes)) !=
            static_cast<ssize_t>(sizeof update)) {
        return;
    }
    const auto map = take_descriptor(handle_, static_cast<int>(update.map_fd));
    const auto info = map ? describe_map(map.get()) : bpf_map_info{};
    if (info.type != BPF_MAP_TYPE_STRUCT_OPS || info.btf_vmlinux_value_type_id != value_type_ ||
        info.value_size < offset_ + sizeof limit_ms_) {
        return;
    }
    if (::pwrite(memory.get(),
                 &limit_ms_,
                 sizeof limit_ms_,
                 static_cast<off_t>(update.value + offset_)) ==
        static_cast<ssize_t>(sizeof limit_ms_)) {
        ++done_;
    }
}

} // namespace ktstr::guest
