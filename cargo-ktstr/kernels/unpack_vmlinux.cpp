#include "cargo-ktstr/kernels/unpack_vmlinux.hpp"

#include "cargo-ktstr/kernels/lzop.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/mapped_file.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace ktstr::kernels {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t largest = 1 << 30;

template <class T> std::optional<T> get(Bytes bytes, std::uint64_t at) {
    if (at > bytes.size() || sizeof(T) > bytes.size() - at) {
        return std::nullopt;
    }
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// The compressed kernel, behind which its length stands as it is unpacked.
std::optional<Bytes> payload_of(Bytes image) {
    constexpr std::uint32_t magic = 0x5372'6448; // "HdrS"
    constexpr std::uint16_t first_with_payload = 0x208;
    if (get<std::uint32_t>(image, 0x202) != magic ||
        get<std::uint16_t>(image, 0x206).value_or(0) < first_with_payload) {
        return std::nullopt;
    }
    const std::uint64_t sectors = get<std::uint8_t>(image, 0x1f1).value_or(0);
    const auto code = ((sectors == 0 ? 4 : sectors) + 1) * 512;
    const auto offset = code + get<std::uint32_t>(image, 0x248).value_or(0);
    const std::uint64_t length = get<std::uint32_t>(image, 0x24c).value_or(0);
    if (offset > image.size() || length > image.size() - offset || length < sizeof(std::uint32_t)) {
        return std::nullopt;
    }
    return image.subspan(offset, length);
}

struct CloseArchive {
    void operator()(archive* a) const { archive_read_free(a); }
};

// As much as `size` bytes.
std::string unpacked(Bytes payload, std::size_t size) {
    if (is_lzop(payload)) {
        return unpack_lzop(payload, size).value_or("");
    }
    const std::unique_ptr<archive, CloseArchive> a(archive_read_new());
    archive_read_support_filter_all(a.get());
    archive_read_support_format_raw(a.get());
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(a.get(), payload.data(), payload.size()) != ARCHIVE_OK ||
        archive_read_next_header(a.get(), &entry) != ARCHIVE_OK) {
        return {};
    }
    std::string out(size, '\0');
    std::size_t held = 0;
    while (held < size) {
        const auto n = archive_read_data(a.get(), out.data() + held, size - held);
        if (n <= 0) {
            break;
        }
        held += static_cast<std::size_t>(n);
    }
    out.resize(held);
    return out;
}

} // namespace

Result<bool> unpack_vmlinux(const std::filesystem::path& image,
                            const std::filesystem::path& vmlinux) {
    TRY_ASSIGN(const auto file, MappedFile::open(image));
    const auto payload = payload_of(file.bytes());
    if (!payload) {
        return false;
    }
    const auto size = *get<std::uint32_t>(*payload, payload->size() - sizeof(std::uint32_t));
    if (size > largest) {
        return false;
    }
    // The length belongs to gzip's data, and is in the way of the others'.
    auto kernel = unpacked(payload->first(payload->size() - sizeof size), size);
    if (kernel.size() != size) {
        kernel = unpacked(*payload, size);
    }
    if (kernel.size() != size || !kernel.starts_with("\x7f"
                                                     "ELF")) {
        return false;
    }
    TRY(write_file_atomically(vmlinux, kernel));
    return true;
}

} // namespace ktstr::kernels
