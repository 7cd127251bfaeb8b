#include "ktstr-runner/machine/image/ram_files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace ktstr::machine {

namespace {

constexpr std::string_view anonymous_name = "ktstr-ram";
constexpr std::uint64_t page = 4096;
constexpr std::uint64_t chunk = 1 << 20;

Result<RamFile> with_inode(Fd fd, std::string name) {
    struct stat info{};
    if (::fstat(fd.get(), &info) != 0) {
        return fail(Error::from_errno("cannot look at the machine's memory"));
    }
    return RamFile{std::move(fd), info.st_ino, std::move(name)};
}

bool is_zero(const std::byte* at, std::uint64_t size) {
    // Compares the bytes with those one further on: all are equal to the first.
    return *at == std::byte{0} && std::memcmp(at, at + 1, size - 1) == 0;
}

Result<> copy_range(int from, int to, std::uint64_t begin, std::uint64_t end) {
    const auto buffer = std::make_unique<std::byte[]>(chunk);
    while (begin < end) {
        const auto n =
            ::pread(from, buffer.get(), std::min(chunk, end - begin), static_cast<off_t>(begin));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return fail(Error::from_errno("cannot read the machine's memory"));
        }
        TRY(write_pages(to, {buffer.get(), static_cast<std::size_t>(n)}, begin));
        begin += static_cast<std::uint64_t>(n);
    }
    return {};
}

} // namespace

Result<> write_at(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return fail(Error::from_errno("cannot write the machine's memory"));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return {};
}

Result<> write_pages(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
    std::size_t begin = 0; // of the run
    for (std::size_t at = 0; at < bytes.size(); at += page) {
        if (is_zero(bytes.data() + at, std::min<std::size_t>(page, bytes.size() - at))) {
            TRY(write_at(fd, bytes.subspan(begin, at - begin), offset + begin));
            begin = at + page;
        }
    }
    return begin < bytes.size() ? write_at(fd, bytes.subspan(begin), offset + begin) : Result<>{};
}

std::filesystem::path ram_path(const std::filesystem::path& directory, std::size_t node) {
    return directory / fmt::format("ram{}", node);
}

Result<RamFile> make_ram_file(std::uint64_t size) {
    Fd fd(::memfd_create(anonymous_name.data(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0 ||
        (size > 0 && ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)) {
        return fail(Error::from_errno("cannot make the machine's memory"));
    }
    return with_inode(std::move(fd), std::string(anonymous_name));
}

Result<RamFile>
open_ram_file(const std::filesystem::path& path, std::uint64_t size, Access access) {
    TRY_ASSIGN(auto fd, open_file(path, access == Access::read ? O_RDONLY : O_RDWR));
    struct stat info{};
    if (::fstat(fd.get(), &info) != 0) {
        return fail(Error::from_errno(path.string()));
    }
    if (static_cast<std::uint64_t>(info.st_size) != size) {
        return fail(
            ErrorKind::environment,
            fmt::format("{} has {} bytes instead of {}", path.string(), info.st_size, size));
    }
    return with_inode(std::move(fd), path.filename().string());
}

Result<> copy_ram(int from, int to, std::uint64_t size) {
    if (::ftruncate(to, static_cast<off_t>(size)) != 0) {
        return fail(Error::from_errno("cannot write the machine's memory"));
    }
    for (std::uint64_t at = 0; at < size;) {
        const auto data = ::lseek(from, static_cast<off_t>(at), SEEK_DATA);
        if (data < 0 && errno == ENXIO) { // only a hole is left
            return {};
        }
        const auto hole = data < 0 ? data : ::lseek(from, data, SEEK_HOLE);
        if (hole < 0) {
            return fail(Error::from_errno("cannot look for the machine's memory"));
        }
        at = std::min(static_cast<std::uint64_t>(hole), size);
        TRY(copy_range(from, to, static_cast<std::uint64_t>(data), at));
    }
    return {};
}

} // namespace ktstr::machine
