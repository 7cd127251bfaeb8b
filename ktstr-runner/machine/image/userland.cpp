#include "ktstr-runner/machine/image/userland.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/machine/image/elf.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace ktstr::machine {

namespace {

struct Directory {
    const char* name;
    unsigned permissions;
};

// Parents first.
constexpr std::array directories{
    Directory{"dev",       0755 },
    Directory{"proc",      0555 },
    Directory{"sys",       0555 },
    Directory{"run",       0755 },
    Directory{"tmp",       01777},
    Directory{"etc",       0755 },
    Directory{"boot",      0755 },
    Directory{"home",      0755 },
    Directory{"mnt",       0755 },
    Directory{"opt",       0755 },
    Directory{"root",      0700 },
    Directory{"srv",       0755 },
    Directory{"usr",       0755 },
    Directory{"usr/bin",   0755 },
    Directory{"usr/sbin",  0755 },
    Directory{"usr/lib",   0755 },
    Directory{"usr/local", 0755 },
    Directory{"var",       0755 },
    Directory{"var/lib",   0755 },
    Directory{"var/log",   0755 },
    Directory{"var/tmp",   01777},
};

struct TextFile {
    const char* name;
    const char* text;
};

constexpr std::array text_files{
    TextFile{"etc/passwd",
             "root:x:0:0:root:/root:/bin/sh\n"
             "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
             "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
             "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"               },
    TextFile{"etc/group",
             "root:x:0:\n"
             "daemon:x:1:\n"
             "bin:x:2:\n"
             "tty:x:5:\n"
             "users:x:100:\n"
             "nogroup:x:65534:\n"                                                         },
    TextFile{"etc/hosts",
             "127.0.0.1\tlocalhost ktstr\n::1\tlocalhost ip6-localhost ip6-loopback\n"    },
    TextFile{"etc/nsswitch.conf",
             "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\n"},
    TextFile{"etc/shells",        "/bin/sh\n"                                             },
};

bool is_static_program(Bytes file) {
    const auto target = elf_target(file);
    if (!target || *target != ElfTarget::ours()) {
        return false;
    }
    const auto elf = Elf::parse(file);
    return elf && !elf->interpreter() && (elf->type() == ET_EXEC || elf->type() == ET_DYN);
}

// The name with a link among the merged directories followed: "bin/sh" is "usr/bin/sh" where /bin
// is a link.
std::string real_name(const Archive& archive, const std::string& name) {
    const auto slash = name.find('/');
    const auto* top = slash == std::string::npos ? nullptr : archive.find(name.substr(0, slash));
    if (top == nullptr || !S_ISLNK(top->entry.mode)) {
        return name;
    }
    return std::get<std::string>(top->content) + name.substr(slash);
}

} // namespace

Result<> add_skeleton(Archive& archive) {
    for (const auto& directory : directories) {
        TRY(archive.add(directory_item(directory.name, directory.permissions)));
    }
    for (const std::string name : merged_directories) {
        std::error_code error;
        const auto target = std::filesystem::read_symlink("/" + name, error);
        if (!error && target.is_relative() && target.begin() != target.end() &&
            *target.begin() == "usr") {
            TRY(archive.add(directory_item(target.string(), 0755)));
            TRY(archive.add(link_item(name, target.string())));
        } else {
            TRY(archive.add(directory_item(name, 0755)));
        }
    }
    // The kernel opens it for init before anything is mounted.
    TRY(archive.add({
        .entry = {.name = "dev/console", .mode = S_IFCHR | 0600U, .rdev_major = 5, .rdev_minor = 1},
        .content = {}
    }));
    for (const auto& file : text_files) {
        TRY(archive.add(text_item(file.name, file.text, 0644)));
    }
    return {};
}

std::optional<std::filesystem::path> static_busybox() {
    const auto* const found = std::ranges::find_if(busybox_paths, [](const char* path) {
        const auto file = MappedFile::open(path);
        return file && is_static_program(file->bytes());
    });
    if (found == busybox_paths.end()) {
        return std::nullopt;
    }
    return *found;
}

Result<> add_busybox(Archive& archive,
                     const std::filesystem::path& busybox,
                     const std::vector<std::string>& applets) {
    struct stat info{};
    if (::stat(busybox.c_str(), &info) != 0) {
        return fail(Error::from_errno("stat " + busybox.string()));
    }
    TRY(archive.add({
        .entry = {.name = real_name(archive, "bin/busybox"),
                  .mode = S_IFREG | 0755U,
                  .size = static_cast<std::uint32_t>(info.st_size)},
        .content = busybox
    }));
    for (const auto& applet : applets) {
        const auto name = real_name(archive, applet);
        const auto parent = std::filesystem::path(name).parent_path().string();
        const auto* directory = archive.find(parent);
        // Names in a directory of their own making (there is linuxrc in /) are of no use here.
        if (directory != nullptr && S_ISDIR(directory->entry.mode) &&
            archive.find(name) == nullptr) {
            TRY(archive.add(link_item(name, "/bin/busybox")));
        }
    }
    return {};
}

} // namespace ktstr::machine
