#include "ktstr-runner/machine/image/boot_image.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/image/archive.hpp"
#include "ktstr-runner/machine/image/elf.hpp"
#include "ktstr-runner/machine/image/embedded_init.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace ktstr::machine {

namespace {

// Whatever else the image is made of; a change of how it is made comes with a new ktstr-init or a
// new number.
constexpr int image_layout = 2;

constexpr std::array busybox_paths{
    "/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox"};

struct Directory {
    const char* name;
    unsigned permissions;
};

// What init and the kernel need before init has made the rest.
constexpr std::array directories{
    Directory{"dev",  0755 },
    Directory{"proc", 0555 },
    Directory{"sys",  0555 },
    Directory{"run",  0755 },
    Directory{"tmp",  01777},
    Directory{"etc",  0755 },
    Directory{"root", 0700 },
};

// Names what goes into the image: the embedded program, busybox, the userland, the layout of /.
Result<std::string>
image_key(const EmbeddedInit& init, const Payload& userland, const Payload::FileDigest& stamp_of) {
    std::string text = fmt::format("{} {}", image_layout, init.digest);
    for (const auto* path : busybox_paths) {
        if (const auto stamp = stamp_of(path)) {
            text += fmt::format("\n{} {}", path, *stamp);
        }
    }
    TRY_ASSIGN(const auto files, userland.identity(stamp_of));
    return sha256_of(text + '\n' + files).substr(0, 32);
}

std::filesystem::path image_path(const std::filesystem::path& directory, std::string_view digest) {
    return directory / fmt::format("{}.cpio", digest);
}

// The index file of a key: "<digest> <size> <0|1: busybox>\n".
std::optional<BootImage> known_image(const std::filesystem::path& directory,
                                     const std::filesystem::path& index) {
    const auto text = read_file(index, 4096);
    const auto words = text ? split(trim(*text), ' ') : std::vector<std::string>{};
    if (words.size() != 3 || words[0].size() != 64) {
        return std::nullopt;
    }
    BootImage image{.path = image_path(directory, words[0]),
                    .digest = words[0],
                    .has_busybox = words[2] == "1"};
    std::error_code error;
    const auto size = std::filesystem::file_size(image.path, error);
    if (error || parse_u64(words[1]) != size) {
        return std::nullopt;
    }
    return image;
}

bool is_static_program(Bytes file) {
    const auto target = elf_target(file);
    if (!target || *target != ElfTarget::ours()) {
        return false;
    }
    const auto elf = Elf::parse(file);
    return elf && !elf->interpreter() && (elf->type() == ET_EXEC || elf->type() == ET_DYN);
}

// Absent when the host has none: a dynamic one would need its libraries.
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

// The userland's directories and links come first, so that /bin is what it is on the host.
Result<Archive> make_archive(const EmbeddedInit& init,
                             Payload userland,
                             const std::optional<std::filesystem::path>& busybox) {
    TRY(userland.add_directory("/bin"));
    if (busybox) {
        TRY(userland.add_file_as(*busybox, "/bin/busybox"));
    }
    auto archive = userland.archive();
    for (const auto& directory : directories) {
        TRY(archive.add(directory_item(directory.name, directory.permissions)));
    }
    // The kernel opens it for init before anything is mounted.
    Archive::Item console{
        .entry = {.name = "dev/console", .mode = S_IFCHR | 0600U, .rdev_major = 5, .rdev_minor = 1},
        .content = {}
    };
    TRY(archive.add(std::move(console)));
    Archive::Item program{
        .entry = {.name = "init", .mode = S_IFREG | 0755U},
          .content = init.bytes
    };
    TRY(archive.add(std::move(program)));
    return archive;
}

// Written under a temporary name, hashed on the way, then named by the hash.
Result<std::string> write_image(const Archive& archive, const std::filesystem::path& directory) {
    Sha256 hash;
    TRY(archive.emit([&](std::uint64_t, std::span<const std::byte> bytes) -> Result<> {
        hash.add(bytes);
        return {};
    }));
    auto digest = hash.hex();
    TRY_ASSIGN(auto file, AtomicFile::create(image_path(directory, digest)));
    TRY(archive.emit([&](std::uint64_t, std::span<const std::byte> bytes) {
        return write_all(file.fd(), bytes);
    }));
    TRY(file.commit());
    return digest;
}

Result<BootImage> make_image(const std::filesystem::path& directory,
                             const std::filesystem::path& index,
                             const EmbeddedInit& init,
                             const Payload& userland) {
    TRY(make_directories(directory));
    const auto busybox = static_busybox();
    TRY_ASSIGN(const auto archive, make_archive(init, userland, busybox));
    TRY_ASSIGN(auto digest, write_image(archive, directory));
    TRY(write_file_atomically(index,
                              fmt::format("{} {} {}\n", digest, archive.size(), busybox ? 1 : 0)));
    return BootImage{.path = image_path(directory, digest),
                     .digest = std::move(digest),
                     .has_busybox = busybox.has_value()};
}

} // namespace

Result<Payload> userland() {
    Payload payload;
    payload.leave_debug_information_out();
    if (const auto shell = find_program("/bin/sh")) {
        TRY(payload.add_program(*shell, ""));
    }
    return payload;
}

Result<BootImage> boot_image(const std::filesystem::path& cache,
                             const Payload& userland,
                             const Payload::FileDigest& stamp_of) {
    const auto init = embedded_init();
    const auto directory = cache / "boot";
    TRY_ASSIGN(const auto key, image_key(init, userland, stamp_of));
    const auto index = directory / (key + ".index");
    if (auto known = known_image(directory, index)) {
        return std::move(*known);
    }
    TRY_ASSIGN(auto image,
               make_image(directory, index, init, userland),
               "cannot make the boot image in " + directory.string());
    return image;
}

} // namespace ktstr::machine
