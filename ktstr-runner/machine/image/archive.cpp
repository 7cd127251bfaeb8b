#include "ktstr-runner/machine/image/archive.hpp"

#include "ktstr-runner/base/fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <type_traits>

namespace ktstr::machine {

namespace {

constexpr std::size_t buffer_size = 256U << 10;

// Collects bytes and hands them on in pieces of at most buffer_size.
class Emitter final {
public:
    explicit Emitter(const Archive::Sink& sink) : sink_(sink), buffer_(buffer_size) {}

    Result<> put(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            TRY_ASSIGN(const auto room, free());
            const auto count = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), count);
            filled_ += count;
            bytes = bytes.subspan(count);
        }
        return {};
    }

    Result<> put_zeros(std::size_t count) {
        constexpr std::array<std::byte, 4> zeros{};
        return put(std::span(zeros).first(count));
    }

    Result<> put_file(const std::filesystem::path& path, std::uint32_t size) {
        return put_range(path, size, 0, size);
    }

    Result<> put_pieces(const Archive::Pieced& file) {
        for (const auto& piece : file.pieces) {
            if (piece.text.empty()) {
                TRY(put_range(file.path, file.file_size, piece.offset, piece.offset + piece.size));
            } else {
                TRY(put(bytes_of(piece.text)));
            }
        }
        return {};
    }

    // The bytes of [done, end) of a file that has `size`.
    Result<> put_range(const std::filesystem::path& path,
                       std::uint64_t size,
                       std::uint64_t done,
                       std::uint64_t end) {
        TRY_ASSIGN(const auto fd, open_file(path, O_RDONLY | O_NOCTTY | O_NONBLOCK));
        struct stat info{};
        if (::fstat(fd.get(), &info) != 0) {
            return fail(Error::from_errno("stat " + path.string()));
        }
        if (!S_ISREG(info.st_mode) || info.st_size != static_cast<off_t>(size)) {
            return changed(path, size, static_cast<std::uint64_t>(info.st_size));
        }
        while (done < end) {
            TRY_ASSIGN(const auto room, free());
            const auto want = std::min<std::uint64_t>(room.size(), end - done);
            const auto got = ::pread(
                fd.get(), room.data(), static_cast<std::size_t>(want), static_cast<off_t>(done));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return fail(Error::from_errno("read " + path.string()));
            }
            if (got == 0) {
                return changed(path, size, done);
            }
            filled_ += static_cast<std::size_t>(got);
            done += static_cast<std::uint64_t>(got);
        }
        return {};
    }

    Result<> flush() {
        if (filled_ > 0) {
            TRY(sink_(offset_, std::span<const std::byte>(buffer_).first(filled_)));
            offset_ += filled_;
            filled_ = 0;
        }
        return {};
    }

private:
    // Never empty.
    Result<std::span<std::byte>> free() {
        if (filled_ == buffer_.size()) {
            TRY(flush());
        }
        return std::span(buffer_).subspan(filled_);
    }

    static tl::unexpected<Error>
    changed(const std::filesystem::path& path, std::uint64_t was, std::uint64_t is) {
        return fail(
            Error(
                ErrorKind::environment,
                fmt::format(
                    "{} changed while it was being handed to the machine: it had {} bytes, now {}",
                    path.string(),
                    was,
                    is))
                .hint("something writes to it during the test run; wait for it, or exclude the "
                      "file in "
                      ".config/ktstr.toml"));
    }

    const Archive::Sink& sink_;
    std::vector<std::byte> buffer_;
    std::size_t filled_ = 0;
    std::uint64_t offset_ = 0;
};

// The time of a directory changes whenever somebody puts a file into it, which /tmp is for.
bool is_same(const Archive::Item& a, const Archive::Item& b) {
    const bool same_time = a.entry.mtime == b.entry.mtime || S_ISDIR(a.entry.mode);
    if (a.entry.mode != b.entry.mode || a.entry.size != b.entry.size || !same_time ||
        a.content.index() != b.content.index()) {
        return false;
    }
    return std::visit(
        [&]<class T>(const T& content) {
            const auto& other = std::get<T>(b.content);
            if constexpr (std::is_same_v<T, std::span<const std::byte>>) {
                return content.data() == other.data();
            } else {
                return content == other;
            }
        },
        a.content);
}

std::uint64_t padded(std::uint64_t size) {
    return size + wire::cpio::padding(size);
}

} // namespace

Result<> Archive::add(Item item) {
    std::uint64_t size = item.entry.size;
    if (const auto* text = std::get_if<std::string>(&item.content)) {
        size = text->size();
    } else if (const auto* bytes = std::get_if<std::span<const std::byte>>(&item.content)) {
        size = bytes->size();
    }
    if (size > std::numeric_limits<std::uint32_t>::max()) {
        return fail(ErrorKind::environment,
                    "/" + item.entry.name + " is 4 GiB or more: too large for the archive");
    }
    item.entry.size = static_cast<std::uint32_t>(size);
    const auto [at, is_new] = index_.try_emplace(item.entry.name, items_.size());
    if (is_new) {
        items_.push_back(std::move(item));
        return {};
    }
    auto& old = items_[at->second];
    if ((old.entry.mode & S_IFMT) != (item.entry.mode & S_IFMT)) {
        return fail(ErrorKind::environment,
                    "/" + item.entry.name +
                        " would have to be two things of different type in the guest");
    }
    old = std::move(item);
    return {};
}

const Archive::Item* Archive::find(std::string_view name) const {
    const auto at = index_.find(std::string(name));
    return at == index_.end() ? nullptr : &items_[at->second];
}

void Archive::leave_out(const Archive& other) {
    std::erase_if(items_, [&](const Item& item) {
        const auto* const there = other.find(item.entry.name);
        return there != nullptr && is_same(item, *there);
    });
    index_.clear();
    for (std::size_t at = 0; at < items_.size(); ++at) {
        index_.emplace(items_[at].entry.name, at);
    }
}

std::uint64_t Archive::size() const {
    std::uint64_t total = wire::cpio::end().size();
    for (const auto& item : items_) {
        total +=
            padded(wire::cpio::header_size + item.entry.name.size() + 1) + padded(item.entry.size);
    }
    return total;
}

Result<> Archive::emit(const Sink& sink) const {
    Emitter out(sink);
    std::uint32_t inode = 0;
    for (const auto& [entry, content] : items_) {
        TRY(out.put(bytes_of(wire::cpio::header(entry, ++inode))));
        if (const auto* text = std::get_if<std::string>(&content)) {
            TRY(out.put(bytes_of(*text)));
        } else if (const auto* bytes = std::get_if<std::span<const std::byte>>(&content)) {
            TRY(out.put(*bytes));
        } else if (const auto* path = std::get_if<std::filesystem::path>(&content)) {
            TRY(out.put_file(*path, entry.size));
        } else if (const auto* pieced = std::get_if<Pieced>(&content)) {
            TRY(out.put_pieces(*pieced));
        }
        TRY(out.put_zeros(wire::cpio::padding(entry.size)));
    }
    TRY(out.put(bytes_of(wire::cpio::end())));
    return out.flush();
}

Archive::Item directory_item(std::string name, unsigned permissions, std::uint32_t mtime) {
    return {
        .entry = {.name = std::move(name), .mode = S_IFDIR | permissions, .mtime = mtime},
        .content = {}
    };
}

Archive::Item link_item(std::string name, std::string target, std::uint32_t mtime) {
    return {
        .entry = {.name = std::move(name), .mode = S_IFLNK | 0777U, .mtime = mtime},
        .content = std::move(target)
    };
}

Archive::Item
text_item(std::string name, std::string text, unsigned permissions, std::uint32_t mtime) {
    return {
        .entry = {.name = std::move(name), .mode = S_IFREG | permissions, .mtime = mtime},
        .content = std::move(text)
    };
}

} // namespace ktstr::machine
