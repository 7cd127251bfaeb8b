#include "guest/init/userland.hpp"

#include "guest/base/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace ktstr::guest {

namespace {

constexpr std::array files = {
    EtcFile{"passwd",
            "root:x:0:0:root:/root:/bin/sh\n"
            "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
            "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"                            },
    EtcFile{"group",
            "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nkmem:x:15:"
            "\nusers:x:100:\n"
            "nogroup:x:65534:\n"                                                                      },
    EtcFile{"hosts",         "127.0.0.1\tlocalhost ktstr\n::1\tlocalhost ip6-localhost ip6-loopback\n"},
    EtcFile{"nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\nhosts: files\nnetworks: files\nprotocols: "
            "files\n"
            "services: files\nethers: files\nrpc: files\n"                                            },
    EtcFile{"hostname",      "ktstr\n"                                                                },
    EtcFile{"shells",        "/bin/sh\n"                                                              },
};

struct Directory {
    const char* path;
    mode_t mode;
};

constexpr std::array directories = {
    Directory{"/root",    0700 },
    Directory{"/home",    0755 },
    Directory{"/var/tmp", 01777},
    Directory{"/mnt",     0755 },
    Directory{"/opt",     0755 },
};

constexpr std::array merged = {"bin", "sbin", "lib", "lib64"};

bool is_real_directory(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// Directories of both sides are merged; of two files the one that is there wins.
void move_content(const std::string& from, const std::string& to) {
    for (const auto& name : names_in(from)) {
        const auto source = from + '/' + name;
        const auto target = to + '/' + name;
        if (is_real_directory(source) && is_real_directory(target)) {
            move_content(source, target);
            ::rmdir(source.c_str());
        } else if (::access(target.c_str(), F_OK) != 0) {
            ::rename(source.c_str(), target.c_str());
        }
    }
}

// Links in place of hundreds of programs; those that exist are left alone.
void install_busybox() {
    const auto pid = ::fork();
    if (pid == 0) {
        const int null = ::open("/dev/null", O_RDWR);
        if (null >= 0) {
            ::dup2(null, STDOUT_FILENO);
            ::dup2(null, STDERR_FILENO);
        }
        ::execl("/bin/busybox", "busybox", "--install", "-s", static_cast<char*>(nullptr));
        ::_exit(127);
    }
    if (pid > 0) {
        ::waitpid(pid, nullptr, 0);
    }
}

} // namespace

std::span<const EtcFile> etc_files() {
    return files;
}

void write_etc(const std::string& root) {
    make_dirs(root + "/etc");
    for (const auto& file : files) {
        const std::string_view text(file.text);
        const auto path = root + "/etc/" + file.name;
        const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (fd && ::write(fd.get(), text.data(), text.size()) < 0) {
            ::unlink(path.c_str());
        }
    }
    if (::symlink("/proc/self/mounts", (root + "/etc/mtab").c_str()) != 0) {
        return; // It is there already.
    }
}

void merge_usr(const std::string& root) {
    for (const std::string name : merged) {
        const auto from = root + '/' + name;
        const auto to = root + "/usr/" + name;
        make_dirs(to);
        if (is_real_directory(from)) {
            move_content(from, to);
            ::rmdir(from.c_str());
        }
        if (::symlink(("usr/" + name).c_str(), from.c_str()) != 0) {
            continue; // A directory that could not be emptied, or a link of the image's own.
        }
    }
}

void set_up_userland() {
    merge_usr("");
    for (const auto& directory : directories) {
        make_dirs(directory.path);
        ::chmod(directory.path, directory.mode);
    }
    write_etc("");
    if (::symlink("/init", "/usr/bin/ktstr-scenario") != 0) {
        // It is there already.
    }
    if (::access("/bin/busybox", X_OK) == 0) {
        install_busybox();
    }
}

} // namespace ktstr::guest
