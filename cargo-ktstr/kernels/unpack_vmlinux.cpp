#include "cargo-ktstr/kernels/unpack_vmlinux.hpp"

#include "cargo-ktstr/archives/handle.hpp"
#include "cargo-ktstr/kernels/lzop.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/mapped_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
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

// A part of the image, in bytes.
struct Part {
    std::uint64_t begin;
    std::uint64_t size;
};

// The compressed kernel, behind which its length stands as it is unpacked.
std::optional<Part> payload_of(Bytes image) {
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
    return Part{.begin = offset, .size = length};
}

// A part of a file as libarchive's input. Read and not mapped: the pages would count as ours,
// beside the window of what decompresses it, which is as large as the kernel.
struct Input {
    int file;
    Part rest;
    std::array<char, 65536> buffer;

    static la_ssize_t read(archive* a, void* self, const void** data) {
        auto& input = *static_cast<Input*>(self);
        const auto n = ::pread(input.file,
                               input.buffer.data(),
                               std::min<std::uint64_t>(input.buffer.size(), input.rest.size),
                               static_cast<off_t>(input.rest.begin));
        if (n < 0) {
            archive_set_error(a, errno, "it cannot be read");
            return -1;
        }
        input.rest.begin += static_cast<std::uint64_t>(n);
        input.rest.size -= static_cast<std::uint64_t>(n);
        *data = input.buffer.data();
        return n;
    }
};

// The file that is written: a kernel of `size` bytes, or nothing.
class Kernel final {
public:
    static Result<Kernel> create(const std::filesystem::path& path, std::size_t size) {
        TRY_ASSIGN(auto file, AtomicFile::create(path));
        return Kernel(std::move(file), size);
    }

    Result<> add(std::string_view piece) {
        first_ += piece.substr(0, SELFMAG - first_.size());
        left_ -= piece.size();
        return file_.write(piece);
    }

    std::size_t left() const { return left_; }

    Result<bool> commit() {
        if (left_ != 0 || first_ != ELFMAG) {
            return false;
        }
        TRY(file_.commit());
        return true;
    }

private:
    Kernel(AtomicFile file, std::size_t size) : file_(std::move(file)), left_(size) {}

    AtomicFile file_;
    std::size_t left_;  // bytes still to come
    std::string first_; // up to SELFMAG bytes
};

// As much as the kernel has bytes; false when the payload is damaged.
Result<bool> unpack(const Fd& image, const Part& payload, Kernel& into) {
    TRY_ASSIGN(const auto mapped, MappedFile::of(image, "the image"));
    const auto bytes = mapped.bytes().subspan(payload.begin, payload.size);
    if (is_lzop(bytes)) {
        return unpack_lzop(
            bytes, into.left(), [&](std::string_view piece) { return into.add(piece); });
    }
    const archives::ReadArchive a(archive_read_new());
    archive_read_support_filter_all(a.get());
    archive_read_support_format_raw(a.get());
    archive_entry* entry = nullptr;
    Input input{.file = image.get(), .rest = payload, .buffer = {}};
    if (archive_read_open(a.get(), &input, nullptr, &Input::read, nullptr) != ARCHIVE_OK ||
        archive_read_next_header(a.get(), &entry) != ARCHIVE_OK) {
        return false;
    }
    std::array<char, 65536> buffer;
    while (into.left() > 0) {
        const auto n =
            archive_read_data(a.get(), buffer.data(), std::min(buffer.size(), into.left()));
        if (n <= 0) {
            return false;
        }
        TRY(into.add({buffer.data(), static_cast<std::size_t>(n)}));
    }
    return true;
}

} // namespace

Result<bool> unpack_vmlinux(const std::filesystem::path& image,
                            const std::filesystem::path& vmlinux) {
    TRY_ASSIGN(const auto fd, open_file(image, O_RDONLY));
    TRY_ASSIGN(const auto file, MappedFile::of(fd, image.string()));
    const auto payload = payload_of(file.bytes());
    if (!payload) {
        return false;
    }
    const auto size =
        *get<std::uint32_t>(file.bytes(), payload->begin + payload->size - sizeof(std::uint32_t));
    if (size > largest) {
        return false;
    }
    // The length belongs to gzip's data, and is in the way of the others'.
    const Part shorter{.begin = payload->begin, .size = payload->size - sizeof size};
    for (const auto& part : {shorter, *payload}) {
        TRY_ASSIGN(auto kernel, Kernel::create(vmlinux, size));
        TRY_ASSIGN(const bool whole, unpack(fd, part, kernel));
        if (!whole) {
            continue;
        }
        TRY_ASSIGN(const bool is_kernel, kernel.commit());
        if (is_kernel) {
            return true;
        }
    }
    return false;
}

} // namespace ktstr::kernels
