#include "ktstr-runner/machine/image/kernel_image.hpp"

#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/image/elf.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace ktstr::machine {

namespace {

using namespace std::string_view_literals;

// Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
namespace setup {

constexpr std::size_t sectors = 0x1F1;
constexpr std::size_t system_size = 0x1F4; // in 16-byte units
constexpr std::size_t boot_flag = 0x1FE;
constexpr std::size_t magic = 0x202;
constexpr std::size_t version = 0x206;
constexpr std::size_t kernel_version = 0x20E; // offset of the version text, less 0x200
constexpr std::size_t xloadflags = 0x236;
constexpr std::size_t end = 0x268;
constexpr unsigned first_with_xloadflags = 0x020C;
constexpr unsigned xlf_kernel_64 = 1;

} // namespace setup

constexpr std::uint32_t phys32_entry = 18; // XEN_ELFNOTE_PHYS32_ENTRY, owner "Xen"

struct Lookalike {
    std::size_t offset;
    std::string_view magic;
    std::string_view what;
    std::string_view hint;
};

constexpr std::string_view decompress_hint =
    "decompress it first, or give the bzImage that it was made with";

// What people hand in by mistake. The first match wins.
constexpr std::array lookalikes{
    Lookalike{0,  "\x1F\x8B"sv,           "gzip data",                      decompress_hint                    },
    Lookalike{0,
              "\xFD"
              "7zXZ\0"sv,                 "xz data",
              decompress_hint                                                                                  },
    Lookalike{0,  "\x28\xB5\x2F\xFD"sv,   "zstd data",                      decompress_hint                    },
    Lookalike{0,  "BZh"sv,                "bzip2 data",                     decompress_hint                    },
    Lookalike{0,  "\x04\x22\x4D\x18"sv,   "lz4 data",                       decompress_hint                    },
    Lookalike{56, "ARM\x64"sv,            "an AArch64 kernel (Image)",      "this machine boots x86-64 kernels"},
    Lookalike{0,
              "!<arch>\ndebian-binary"sv, "a Debian package",
              "make a store entry of it: cargo ktstr kernel build --deb FILE"                                  },
    Lookalike{0,  "\xED\xAB\xEE\xDB"sv,   "an RPM package",                 "take the vmlinuz out of it"       },
    Lookalike{0,
              "070701"sv,                 "a cpio archive (an initramfs?)",
              "the kernel is the file called vmlinuz or bzImage"                                               },
    Lookalike{0,
              "\x27\x05\x19\x56"sv,       "a U-Boot image",
              "this machine boots a bzImage or an ELF vmlinux"                                                 },
    Lookalike{0,  "#!"sv,                 "a script",                       "give a bzImage or an ELF vmlinux" },
    Lookalike{0,
              "MZ"sv,                     "an EFI or Windows program",
              "give the kernel itself, a bzImage or an ELF vmlinux"                                            },
};

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The caller has checked that the file reaches that far.
template <class T> T get(Bytes file, std::size_t offset) {
    T value;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

bool has(Bytes file, std::size_t offset, std::string_view magic) {
    return file.size() >= offset + magic.size() &&
           text_of(file).substr(offset, magic.size()) == magic;
}

tl::unexpected<Error> truncated(std::uint64_t whole, std::uint64_t have) {
    return fail(Error(ErrorKind::environment,
                      fmt::format("it is truncated: {} of {} bytes are there, {} ({}) are missing",
                                  have,
                                  whole,
                                  whole - have,
                                  human_bytes(whole - have)))
                    .hint("copy or build it again; was the disk full?"));
}

Result<KernelImage> inspect_bzimage(Bytes file) {
    if (file.size() < setup::end) {
        return truncated(setup::end, file.size());
    }
    const auto given = get<std::uint8_t>(file, setup::sectors);
    const std::uint64_t sectors = given == 0 ? 4 : given; // 0 means 4, for old times' sake
    const auto setup_size = (sectors + 1) * 512;
    const auto whole =
        setup_size + std::uint64_t{get<std::uint32_t>(file, setup::system_size)} * 16;
    if (file.size() < whole) {
        return truncated(whole, file.size());
    }
    if (get<std::uint16_t>(file, setup::version) < setup::first_with_xloadflags ||
        (get<std::uint16_t>(file, setup::xloadflags) & setup::xlf_kernel_64) == 0) {
        return fail(
            Error(ErrorKind::environment, "it is a 32-bit x86 kernel, or one older than 3.8")
                .hint("build it with CONFIG_64BIT=y"));
    }
    KernelImage image{.kind = KernelImage::Kind::bzimage, .release = {}};
    const auto offset = get<std::uint16_t>(file, setup::kernel_version);
    if (offset != 0 && offset + 0x200U < setup_size) {
        const auto text = text_of(file.subspan(offset + 0x200U, setup_size - offset - 0x200U));
        image.release = text.substr(0, text.find_first_of(" \0"sv));
    }
    return image;
}

// The kernel's banner: "Linux version 6.12.117-ktstr (user@host) ...".
std::string release_of(const Elf& elf) {
    constexpr auto banner = "Linux version "sv;
    for (const auto& segment : elf.segments()) {
        const auto text =
            segment.p_type == PT_LOAD ? text_of(elf.contents(segment)) : std::string_view{};
        for (auto at = text.find(banner); at != std::string_view::npos;
             at = text.find(banner, at + 1)) {
            const auto rest = text.substr(at + banner.size(), 128);
            if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
                return std::string(rest.substr(0, rest.find_first_of(" \0"sv)));
            }
        }
    }
    return {};
}

Result<KernelImage> inspect_elf(Bytes file) {
    const auto target = elf_target(file);
    if (target && *target != ElfTarget::ours()) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("it is an ELF file for {}, this machine is {}",
                                      target->name(),
                                      ElfTarget::ours().name()))
                        .hint("build the kernel for this machine: make ARCH=x86_64"));
    }
    TRY_ASSIGN(const auto elf, Elf::parse(file));
    if (elf.extent() > file.size()) {
        return truncated(elf.extent(), file.size());
    }
    if (elf.type() != ET_EXEC && elf.type() != ET_DYN) {
        return fail(
            Error(ErrorKind::environment,
                  "it is an ELF object file (a module? vmlinux.o?), not a linked kernel")
                .hint("give vmlinux from the top of the build tree, or arch/x86/boot/bzImage"));
    }
    const auto entry = elf.note("Xen", phys32_entry);
    const bool pvh = entry && entry->size() >= sizeof(std::uint32_t);
    auto release = release_of(elf);
    if (!pvh && release.empty()) {
        return fail(Error(ErrorKind::environment, "it is an ELF program, not a kernel")
                        .hint("give a bzImage (arch/x86/boot/bzImage) or a vmlinux"));
    }
    return KernelImage{.kind = KernelImage::Kind::elf, .release = std::move(release), .pvh = pvh};
}

bool is_text(Bytes file) {
    const auto head = text_of(file.first(std::min<std::size_t>(file.size(), 512)));
    return std::ranges::all_of(
        head, [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t' || c == '\r'; });
}

Error not_a_kernel(Bytes file) {
    for (const auto& other : lookalikes) {
        if (has(file, other.offset, other.magic)) {
            return Error(ErrorKind::environment,
                         fmt::format("it is not a kernel image but {}", other.what))
                .hint(std::string(other.hint));
        }
    }
    const auto what = has(file, setup::boot_flag, "\x55\xAA"sv)
                          ? "a boot sector without a Linux kernel"
                      : is_text(file) ? "plain text"
                                      : "data of an unknown kind";
    return Error(ErrorKind::environment, fmt::format("it is not a kernel image but {}", what))
        .hint("give a bzImage (arch/x86/boot/bzImage, /boot/vmlinuz-...) or an ELF vmlinux");
}

Result<KernelImage> inspect(Bytes file) {
    if (file.empty()) {
        return fail(Error(ErrorKind::environment, "the file is empty")
                        .hint("copy or build it again; was the disk full?"));
    }
    if (has(file, setup::boot_flag, "\x55\xAA"sv) && has(file, setup::magic, "HdrS"sv)) {
        return inspect_bzimage(file);
    }
    if (has(file, 0, "MZ"sv) && file.size() < setup::end) { // a bzImage is an EFI program too
        return truncated(setup::end, file.size());
    }
    if (is_elf(file)) {
        return inspect_elf(file);
    }
    return fail(not_a_kernel(file));
}

// Before it is opened: what open(2) would say badly or not at all.
Result<> check_kind(const std::filesystem::path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
        return fail(Error::from_errno("stat " + path.string()));
    }
    if (S_ISDIR(info.st_mode)) {
        return fail(Error(ErrorKind::environment, "it is a directory")
                        .hint("of a built source tree give the image: " +
                              (path / "arch/x86/boot/bzImage").string()));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(Error(ErrorKind::environment, "it is not a regular file")
                        .hint("give a bzImage or an ELF vmlinux"));
    }
    if (::access(path.c_str(), R_OK) != 0) {
        return fail(Error::from_errno("read it").hint(
            "some distributions make it readable by root alone: copy it, or "
            "sudo chmod a+r " +
            shell_quote(path.string())));
    }
    return {};
}

} // namespace

Result<KernelImage> inspect_kernel(const std::filesystem::path& path) {
    const auto context = "cannot use the kernel " + path.string();
    TRY(check_kind(path), context);
    TRY_ASSIGN(const auto file, MappedFile::open(path), context);
    TRY_ASSIGN(auto image, inspect(file.bytes()), context);
    return image;
}

Result<KernelImage> inspect_kernel(std::span<const std::byte> file) {
    return inspect(file);
}

} // namespace ktstr::machine
