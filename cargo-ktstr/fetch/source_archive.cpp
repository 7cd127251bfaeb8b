#include "cargo-ktstr/fetch/source_archive.hpp"

#include "cargo-ktstr/archives/handle.hpp"
#include "cargo-ktstr/fetch/bad_archive.hpp"
#include "cargo-ktstr/fetch/decompressor.hpp"
#include "cargo-ktstr/fetch/tree_writer.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ktstr::fetch {

namespace {

namespace fs = std::filesystem;

// Headers, padding and long names that tar adds to each entry, at most.
constexpr std::uint64_t most_entry_overhead = 8192;

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// The decompressed blocks as the tar reader's input.
struct Input {
    Decompressor* from;
    ByteQueue::Block block = {};
    std::optional<Error> failure = {}; // of the file or its decompression, in our words

    static la_ssize_t read(archive* reader, void* self, const void** data) {
        auto& input = *static_cast<Input*>(self);
        input.from->give_back(std::move(input.block));
        auto next = input.from->next();
        if (!next) {
            input.failure = std::move(next).error();
            archive_set_error(reader, EIO, "cannot be decompressed");
            return -1;
        }
        if (!*next) {
            return 0;
        }
        input.block = std::move(**next);
        *data = input.block.data();
        return static_cast<la_ssize_t>(input.block.size());
    }
};

class Unpacker final {
public:
    Unpacker(const Unpacking& wanted, TreeWriter writer)
        : wanted_(&wanted), writer_(std::move(writer)) {}

    // `reader` stands at the entry's data.
    Result<> take(archive* reader, archive_entry* entry) {
        const char* raw = archive_entry_pathname(entry);
        auto name = path_components(raw != nullptr ? raw : "");
        if (!name) {
            return fail(bad_archive("it has a file outside its own tree: " +
                                    printable(raw != nullptr ? raw : "")));
        }
        TRY(count(entry));
        if (name->empty()) { // "./"
            return {};
        }
        TRY(strip_top(*name));
        const auto type = archive_entry_filetype(entry);
        if (name->empty()) {
            return type == AE_IFDIR ? Result<>() : fail(bad_archive(top_ + " is no directory"));
        }
        if (archive_entry_hardlink(entry) != nullptr) {
            return take_hard_link(*name, archive_entry_hardlink(entry));
        }
        if (type == AE_IFREG) {
            return take_file(reader, entry, *name);
        }
        if (type == AE_IFLNK) {
            const char* target = archive_entry_symlink(entry);
            done_.files += 1;
            return writer_.symbolic_link(*name, target != nullptr ? target : "");
        }
        if (type == AE_IFDIR) {
            return writer_.directory(*name);
        }
        return fail(bad_archive(printable(join(*name, "/")) +
                                " is a device, a pipe or a socket, which no sources have"));
    }

    const Unpacked& done() const { return done_; }

private:
    Result<> count(archive_entry* entry) {
        const auto& limits = wanted_->limits;
        if (++entries_ > limits.entries) {
            return fail(bad_archive(fmt::format("it has more than {} files", limits.entries)));
        }
        const auto size = archive_entry_size(entry);
        if (size < 0 || static_cast<std::uint64_t>(size) > limits.bytes - done_.bytes) {
            return fail(bad_archive("its files have more than " + human_bytes(limits.bytes)));
        }
        done_.bytes += static_cast<std::uint64_t>(size);
        return {};
    }

    Result<> strip_top(std::vector<std::string>& name) {
        if (top_.empty()) {
            top_ = name.front();
        }
        if (name.front() != top_) {
            return fail(bad_archive(fmt::format("it has {} beside its top directory {}",
                                                printable(name.front()),
                                                printable(top_))));
        }
        name.erase(name.begin());
        return {};
    }

    Result<> take_hard_link(const std::vector<std::string>& name, std::string_view target) {
        auto file = path_components(target);
        if (!file || file->size() < 2 || file->front() != top_) {
            return fail(bad_archive(fmt::format("{} is a hard link out of the tree, to {}",
                                                printable(join(name, "/")),
                                                printable(target))));
        }
        file->erase(file->begin());
        done_.files += 1;
        return writer_.hard_link(name, *file);
    }

    Result<>
    take_file(archive* reader, archive_entry* entry, const std::vector<std::string>& name) {
        const auto size = archive_entry_size(entry);
        const bool executable = (archive_entry_perm(entry) & 0100U) != 0;
        TRY_ASSIGN(const auto fd,
                   writer_.file(
                       name, executable ? TreeWriter::Mode::executable : TreeWriter::Mode::plain));
        TRY(copy_data(reader, fd.get(), size, name));
        const std::array times{
            timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
            timespec{.tv_sec = std::max<time_t>(archive_entry_mtime(entry), 0), .tv_nsec = 0}
        };
        if (::futimens(fd.get(), times.data()) != 0) {
            return fail(write_failure(printable(join(name, "/"))));
        }
        done_.files += 1;
        return {};
    }

    static Result<>
    copy_data(archive* reader, int fd, la_int64_t size, const std::vector<std::string>& name) {
        la_int64_t position = 0;
        for (;;) {
            const void* data = nullptr;
            std::size_t length = 0;
            la_int64_t offset = 0;
            const int code = archive_read_data_block(reader, &data, &length, &offset);
            if (code == ARCHIVE_EOF) {
                break;
            }
            if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
                return fail(bad_archive(archives::reason(reader)));
            }
            // Blocks come in order; a sparse file has gaps between them.
            if (offset < position || offset > size ||
                length > static_cast<std::uint64_t>(size - offset)) {
                return fail(bad_archive("a file has more than its size"));
            }
            if (offset > position && ::lseek(fd, offset, SEEK_SET) < 0) {
                return fail(write_failure(printable(join(name, "/"))));
            }
            if (!write_all(fd, std::string_view(static_cast<const char*>(data), length))) {
                return fail(write_failure(printable(join(name, "/"))));
            }
            position = offset + static_cast<la_int64_t>(length);
        }
        if (position < size && ::ftruncate(fd, size) != 0) {
            return fail(write_failure(printable(join(name, "/"))));
        }
        return {};
    }

    const Unpacking* wanted_;
    TreeWriter writer_;
    std::string top_; // empty before the first entry
    std::uint64_t entries_ = 0;
    Unpacked done_;
};

// Until the archive's end, which is the end of the file, too.
Result<> unpack_all(Decompressor& bytes, Unpacker& unpacker, const Unpacking& wanted) {
    const archives::ReadArchive reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    Input input{.from = &bytes};
    const auto failure = [&] {
        return input.failure ? *input.failure : bad_archive(archives::reason(reader.get()));
    };
    if (archive_read_open(reader.get(), &input, nullptr, &Input::read, nullptr) != ARCHIVE_OK) {
        return fail(failure());
    }
    archive_entry* entry = nullptr;
    std::uint64_t told = 0;
    for (;;) {
        const int code = archive_read_next_header(reader.get(), &entry);
        if (code == ARCHIVE_EOF) {
            break;
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            return fail(failure());
        }
        if (auto taken = unpacker.take(reader.get(), entry); !taken) {
            return fail(input.failure ? *input.failure : std::move(taken).error());
        }
        if (const auto now = bytes.bytes_read(); wanted.on_progress && now != told) {
            told = now;
            wanted.on_progress(now);
        }
    }
    for (;;) { // what follows the end of the tar still counts for the digest
        TRY_ASSIGN(const auto rest, bytes.next());
        if (!rest) {
            return {};
        }
    }
}

Error wrong_digest(const std::string& wanted, const std::string& got) {
    return Error(ErrorKind::environment,
                 fmt::format("its SHA-256 is {}, but that of the signed list is {}", got, wanted))
        .hint("the file was changed on its way or on the mirror: try again, or another mirror with "
              "KTSTR_KERNEL_MIRROR");
}

} // namespace

Result<Unpacked> unpack_source(const Unpacking& wanted) {
    const auto what = "cannot unpack " + wanted.archive.string();
    TRY_ASSIGN(auto file, open_file(wanted.archive, O_RDONLY), what);
    ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    TRY_ASSIGN(const auto temporary,
               TempDir::create(wanted.into.filename().string() + ".tmp", folder_of(wanted.into)),
               what);
    ::chmod(temporary.path().c_str(), 0755);
    TRY_ASSIGN(auto writer, TreeWriter::open(temporary.path()), what);
    Unpacker unpacker(wanted, std::move(writer));
    const auto& limits = wanted.limits;
    Decompressor bytes(std::move(file), limits.bytes + limits.entries * most_entry_overhead);
    const auto unpacked = unpack_all(bytes, unpacker, wanted);
    const auto digest = bytes.digest();
    if (wanted.sha256 && digest && *wanted.sha256 != *digest) {
        return fail(wrong_digest(*wanted.sha256, *digest).context(what));
    }
    TRY(unpacked, what);
    auto done = unpacker.done();
    done.sha256 = *digest;
    if (done.files == 0) {
        return fail(bad_archive("it has no files").context(what));
    }
    if (::renameat2(
            AT_FDCWD, temporary.path().c_str(), AT_FDCWD, wanted.into.c_str(), RENAME_NOREPLACE) !=
        0) {
        return fail(Error::from_errno("make " + wanted.into.string()).context(what));
    }
    return done;
}

} // namespace ktstr::fetch
