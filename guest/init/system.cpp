#include "guest/init/system.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace ktstr::guest {

namespace {

struct Link {
    const char* path;
    const char* target;
};

constexpr std::array device_links = {
    Link{"/dev/fd",     "/proc/self/fd"  },
    Link{"/dev/stdin",  "/proc/self/fd/0"},
    Link{"/dev/stdout", "/proc/self/fd/1"},
    Link{"/dev/stderr", "/proc/self/fd/2"},
};

// Where they differ from what the kernel gives its first program.
void set_limits() {
    const rlimit files{.rlim_cur = 1024, .rlim_max = 524'288};
    ::setrlimit(RLIMIT_NOFILE, &files);
    ::umask(022);
}

Problem raise_loopback() {
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", sizeof "lo");
    if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
        return errno_text("no loopback interface");
    }
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) {
        return errno_text("cannot raise the loopback interface");
    }
    return std::nullopt;
}

// One by one: a controller that cannot be had must not take the others with it.
void enable_controllers() {
    const auto list = read_file("/sys/fs/cgroup/cgroup.controllers").value_or("");
    std::string_view rest(list);
    while (!rest.empty()) {
        const auto end = rest.find_first_of(" \n");
        const auto name = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (!name.empty()) {
            write_file("/sys/fs/cgroup/cgroup.subtree_control", '+' + std::string(name));
        }
    }
}

// Each node's kcompactd would wake up twice a second to find nothing to compact. A kernel that
// cannot do it (before 5.9, or without compaction) has no such file. Whoever asks for it on the
// kernel's command line has been heard by now.
void rest_when_idle() {
    const auto words = read_file("/proc/cmdline").value_or("");
    if (words.find("vm.compaction_proactiveness=") == std::string::npos) {
        write_file("/proc/sys/vm/compaction_proactiveness", "0");
    }
}

} // namespace

void open_standard_streams() {
    ::mkdir("/dev", 0755);
    ::mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
    const int null = ::open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (null >= 0 && null != stream) {
            ::dup2(null, stream);
        }
    }
    if (null > STDERR_FILENO) {
        ::close(null);
    }
}

void link_devices() {
    for (const auto& link : device_links) {
        if (::symlink(link.target, link.path) != 0) {
            continue; // It is there already: some kernels' devtmpfs brings them.
        }
    }
}

std::vector<std::string> set_up_system() {
    std::vector<std::string> notes;
    set_limits();
    ::sethostname("ktstr", 5);
    if (auto problem = raise_loopback()) {
        notes.push_back(std::move(*problem));
    }
    enable_controllers();
    rest_when_idle();
    return notes;
}

} // namespace ktstr::guest
