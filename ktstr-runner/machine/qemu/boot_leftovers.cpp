#include "ktstr-runner/machine/qemu/boot_leftovers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>

namespace ktstr::machine::qemu {

namespace {

constexpr std::uint64_t page_size = 4096;
// Where the protected-mode code is loaded (boot.rst).
constexpr std::uint64_t kernel_position = 1 << 20;

using Page = std::array<std::byte, page_size>;

// Counted in bytes of RAM, without the hole below 4 GiB.
class Ram final {
public:
    Ram(const MemoryLayout& layout, std::span<const RamFile> files)
        : layout_(layout), files_(files) {}

    bool is(std::uint64_t position, const Page& content) const {
        const auto place = locate(position);
        Page found;
        return place &&
               ::pread(place->fd, found.data(), page_size, place->offset) ==
                   static_cast<ssize_t>(page_size) &&
               found == content;
    }

    Result<> forget(std::uint64_t position) const {
        const auto place = locate(position);
        if (place && ::fallocate(place->fd,
                                 FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 place->offset,
                                 static_cast<off_t>(page_size)) != 0) {
            return fail(Error::from_errno("cannot make a hole in the machine's memory"));
        }
        return {};
    }

private:
    struct Place {
        int fd;
        off_t offset;
    };

    std::optional<Place> locate(std::uint64_t position) const {
        for (std::size_t node = 0; node < files_.size(); ++node) {
            if (position < layout_.node_size[node]) {
                return Place{files_[node].fd.get(), static_cast<off_t>(position)};
            }
            position -= layout_.node_size[node];
        }
        return std::nullopt;
    }

    const MemoryLayout& layout_;
    std::span<const RamFile> files_;
};

// A file, or the end of one, that was loaded page by page.
struct Loaded {
    Fd file;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;

    bool read(std::uint64_t at, Page& into) const {
        return ::pread(file.get(), into.data(), page_size, static_cast<off_t>(offset + at)) ==
               static_cast<ssize_t>(page_size);
    }
};

Result<Loaded> open_loaded(const std::filesystem::path& path) {
    TRY_ASSIGN(auto file, open_file(path, O_RDONLY));
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) {
        return fail(Error::from_errno(path.string()));
    }
    return Loaded{.file = std::move(file), .size = static_cast<std::uint64_t>(info.st_size)};
}

// The part of a bzImage behind its real-mode code (Documentation/arch/x86/boot.rst); absent for
// another kind.
std::optional<Loaded> protected_mode_code(Loaded image) {
    constexpr std::uint64_t setup_sects = 0x1f1;
    constexpr std::uint64_t magic = 0x202;
    constexpr std::uint64_t sector = 512;
    constexpr std::uint64_t sectors_if_none = 4;
    Page head;
    if (!image.read(0, head) || std::memcmp(head.data() + magic, "HdrS", 4) != 0) {
        return std::nullopt;
    }
    const auto sectors = std::to_integer<std::uint64_t>(head[setup_sects]);
    image.offset = ((sectors == 0 ? sectors_if_none : sectors) + 1) * sector;
    image.size -= std::min(image.size, image.offset);
    return image;
}

Result<std::uint64_t> forget(const Ram& ram, const Loaded& loaded, std::uint64_t position) {
    std::uint64_t forgotten = 0;
    Page content;
    for (std::uint64_t at = 0; at + page_size <= loaded.size && loaded.read(at, content);
         at += page_size) {
        if (content != Page{} && ram.is(position + at, content)) {
            TRY(ram.forget(position + at));
            forgotten += page_size;
        }
    }
    return forgotten;
}

// QEMU loads it at the top of low RAM, below what firmware keeps there (hw/i386/x86-common.c).
std::optional<std::uint64_t>
find_initramfs(const Ram& ram, const Loaded& initramfs, std::uint64_t low_ram) {
    constexpr std::uint64_t kept_by_firmware = 2 << 20;
    Page first;
    if (initramfs.size > low_ram || !initramfs.read(0, first)) {
        return std::nullopt;
    }
    const auto highest = (low_ram - initramfs.size) / page_size * page_size;
    const auto lowest = highest - std::min(highest, kept_by_firmware);
    for (auto at = highest;; at -= page_size) {
        if (ram.is(at, first)) {
            return at;
        }
        if (at <= lowest) {
            return std::nullopt;
        }
    }
}

} // namespace

Result<std::uint64_t> forget_boot_leftovers(const MachineSpec& spec,
                                            const MemoryLayout& layout,
                                            std::span<const RamFile> files) {
    const Ram ram(layout, files);
    std::uint64_t forgotten = 0;
    TRY_ASSIGN(auto image, open_loaded(spec.kernel));
    if (const auto code = protected_mode_code(std::move(image))) {
        TRY_ASSIGN(forgotten, forget(ram, *code, kernel_position));
    }
    // /sys/firmware/initrd of a kernel that keeps it (kernel-parameters.txt).
    const bool kept =
        std::ranges::find(spec.kernel_arguments, "retain_initrd") != spec.kernel_arguments.end();
    if (!spec.initramfs.empty() && !kept) {
        TRY_ASSIGN(const auto initramfs, open_loaded(spec.initramfs));
        if (const auto at = find_initramfs(ram, initramfs, layout.low_ram)) {
            TRY_ASSIGN(const auto more, forget(ram, initramfs, *at));
            forgotten += more;
        }
    }
    return forgotten;
}

} // namespace ktstr::machine::qemu
