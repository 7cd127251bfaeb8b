#include "ktstr-runner/store/image_file.hpp"

#include "ktstr-runner/base/mapped_file.hpp"

#include <elf.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace ktstr::store {

namespace {

std::string_view text_at(std::span<const std::byte> image, std::size_t offset, std::size_t length) {
    if (offset >= image.size()) {
        return {};
    }
    const auto part = image.subspan(offset, std::min(length, image.size() - offset));
    return {reinterpret_cast<const char*>(part.data()), part.size()};
}

std::uint16_t u16_at(std::span<const std::byte> image, std::size_t offset) {
    std::uint16_t value = 0;
    const auto text = text_at(image, offset, sizeof value);
    std::memcpy(&value, text.data(), text.size());
    return value;
}

std::string first_word(std::string_view text) {
    return std::string(text.substr(0, text.find_first_of(std::string_view(" \0\n", 3))));
}

// boot.rst: kernel_version at 0x20E is the offset, less 0x200, of a string that begins with the
// release.
std::string bzimage_release(std::span<const std::byte> image) {
    const auto pointer = u16_at(image, 0x20E);
    return pointer == 0 ? std::string{} : first_word(text_at(image, pointer + 0x200U, 256));
}

// linux_banner: "Linux version <release> (user@host) ...". The one with a digit after the words is
// it.
std::string banner_release(std::span<const std::byte> image) {
    constexpr std::string_view words = "Linux version ";
    auto rest = text_at(image, 0, image.size());
    for (auto at = rest.find(words); at != std::string_view::npos; at = rest.find(words)) {
        rest.remove_prefix(at + words.size());
        if (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
            return first_word(rest.substr(0, 128));
        }
    }
    return {};
}

std::string elf_arch(std::uint16_t machine) {
    return machine == EM_X86_64 ? "x86_64" : machine == EM_AARCH64 ? "aarch64" : "";
}

} // namespace

Result<ImageFile> read_image_file(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto file, MappedFile::open(path));
    const auto image = file.bytes();
    if (image.empty()) {
        return fail(ErrorKind::usage, path.string() + " is empty");
    }
    if (text_at(image, 0x202, 4) == "HdrS") {
        return ImageFile{
            .kind = ImageFile::Kind::bzimage, .arch = "x86_64", .release = bzimage_release(image)};
    }
    if (text_at(image, 0x38, 4) == "ARM\x64") {
        return ImageFile{
            .kind = ImageFile::Kind::arm64, .arch = "aarch64", .release = banner_release(image)};
    }
    if (text_at(image, 0, SELFMAG) == ELFMAG) {
        auto release = banner_release(image);
        if (release.empty()) {
            return fail(ErrorKind::usage,
                        path.string() + " is an ELF file, but not of a Linux kernel");
        }
        return ImageFile{.kind = ImageFile::Kind::elf,
                         .arch = elf_arch(u16_at(image, offsetof(Elf64_Ehdr, e_machine))),
                         .release = std::move(release)};
    }
    return fail(
        Error(ErrorKind::usage, path.string() + " is not a kernel image")
            .hint("give a bzImage, an ELF vmlinux, or a kernel source tree that was built"));
}

std::string host_arch() {
    utsname name{};
    return ::uname(&name) == 0 ? name.machine : "";
}

} // namespace ktstr::store
