#include "guest/init/mounts.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace ktstr::guest {

namespace {

constexpr unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// A target comes behind the mount that it lies in.
// clang-format off
constexpr std::array table = {
    //        target                    type          data               flags                  need            config
    MountSpec{"/proc",                  "proc",       "",                plain,                 Need::required, "PROC_FS"},
    MountSpec{"/sys",                   "sysfs",      "",                plain,                 Need::required, "SYSFS"},
    MountSpec{"/dev",                   "devtmpfs",   "mode=755",        MS_NOSUID,             Need::required, "DEVTMPFS"},
    MountSpec{"/dev/pts",               "devpts",     "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC, Need::optional, "UNIX98_PTYS"},
    MountSpec{"/dev/shm",               "tmpfs",      "mode=1777",       MS_NOSUID | MS_NODEV,  Need::optional, "TMPFS"},
    MountSpec{"/dev/mqueue",            "mqueue",     "",                plain,                 Need::optional, "POSIX_MQUEUE"},
    MountSpec{"/dev/hugepages",         "hugetlbfs",  "",                MS_NOSUID | MS_NODEV,  Need::optional, "HUGETLBFS"},
    MountSpec{"/tmp",                   "tmpfs",      "mode=1777",       MS_NOSUID | MS_NODEV,  Need::optional, "TMPFS"},
    MountSpec{"/run",                   "tmpfs",      "mode=755",        MS_NOSUID | MS_NODEV,  Need::optional, "TMPFS"},
    MountSpec{"/sys/kernel/debug",      "debugfs",    "",                plain,                 Need::optional, "DEBUG_FS"},
    MountSpec{"/sys/kernel/tracing",    "tracefs",    "",                plain,                 Need::optional, "TRACING"},
    MountSpec{"/sys/kernel/config",     "configfs",   "",                plain,                 Need::optional, "CONFIGFS_FS"},
    MountSpec{"/sys/fs/bpf",            "bpf",        "mode=700",        plain,                 Need::optional, "BPF_SYSCALL"},
    MountSpec{"/sys/fs/cgroup",         "cgroup2",    "",                plain,                 Need::optional, "CGROUPS"},
};
// clang-format on

constexpr const char* staging = "/.root";

} // namespace

std::span<const MountSpec> mount_table() {
    return table;
}

MountResult mount_all() {
    MountResult result;
    for (const auto& spec : table) {
        ::mkdir(spec.target, 0755); // In sysfs it is there, or the file system is not.
        if (::mount(spec.type, spec.target, spec.type, spec.flags, spec.data) == 0 ||
            errno == EBUSY) {
            continue;
        }
        const auto text =
            errno_text(std::string("cannot mount ") + spec.type + " on " + spec.target) +
            " (the kernel needs CONFIG_" + spec.config + ')';
        if (spec.need == Need::required) {
            result.problem = text;
            return result;
        }
        result.notes.push_back(text);
    }
    return result;
}

Problem make_root_movable() {
    ::mkdir(staging, 0755);
    if (::mount("/", staging, nullptr, MS_BIND, nullptr) != 0) {
        return errno_text("cannot bind the root directory");
    }
    if (::chdir(staging) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
        ::chroot(".") != 0 || ::chdir("/") != 0) {
        return errno_text("cannot move the root directory");
    }
    ::rmdir(staging);
    return std::nullopt;
}

} // namespace ktstr::guest
