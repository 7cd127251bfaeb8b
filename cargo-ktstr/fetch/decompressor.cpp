#include "cargo-ktstr/fetch/decompressor.hpp"

#include "cargo-ktstr/archives/handle.hpp"
#include "cargo-ktstr/fetch/bad_archive.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ktstr::fetch {

namespace {

// Eight blocks even out what compresses well with what does not; xz -9 needs 64 MiB besides.
constexpr std::size_t block_bytes = std::size_t{1} << 20;
constexpr std::size_t most_blocks = 8;
constexpr std::size_t read_bytes = std::size_t{256} << 10;

// Signals are for the thread that has a user's terminal in mind.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

struct Decompressor::Source {
    int fd;
    std::atomic<std::uint64_t>* bytes_read;
    Sha256 hash = {};
    std::vector<std::byte> buffer = std::vector<std::byte>(read_bytes);

    // As read(2), and digested.
    ssize_t next() {
        ssize_t n = 0;
        do {
            n = ::read(fd, buffer.data(), buffer.size());
        } while (n < 0 && errno == EINTR);
        if (n > 0) {
            hash.add(std::span(buffer).first(static_cast<std::size_t>(n)));
            *bytes_read += static_cast<std::uint64_t>(n);
        }
        return n;
    }

    static la_ssize_t read(archive* reader, void* self, const void** data) {
        auto& source = *static_cast<Source*>(self);
        const auto n = source.next();
        if (n < 0) {
            archive_set_error(reader, errno, "cannot be read");
        }
        *data = source.buffer.data();
        return n;
    }
};

Decompressor::Decompressor(Fd file, std::uint64_t most_bytes)
    : file_(std::move(file)), queue_(most_blocks), thread_([this, most_bytes] {
          block_signals();
          run(most_bytes);
      }) {}

Decompressor::~Decompressor() {
    queue_.stop();
}

void Decompressor::run(std::uint64_t most_bytes) {
    Source source{.fd = file_.get(), .bytes_read = &bytes_read_};
    auto outcome = decompress(source, most_bytes);
    // A file that was changed is that in the first place, and broken as a consequence.
    while (!queue_.is_stopped() && source.next() > 0) {
    }
    digest_ = source.hash.hex();
    queue_.finish(std::move(outcome));
}

Result<> Decompressor::decompress(Source& source, std::uint64_t most_bytes) {
    const archives::ReadArchive reader(archive_read_new());
    archive_read_support_format_raw(reader.get());
    archive_read_support_format_empty(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_zstd(reader.get());
    archive_entry* entry = nullptr;
    if (archive_read_open(reader.get(), &source, nullptr, &Source::read, nullptr) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        return fail(bad_archive(archives::reason(reader.get())));
    }
    std::uint64_t total = 0;
    for (;;) {
        auto block = queue_.take_spare();
        block.resize(block_bytes);
        const auto n = archive_read_data(reader.get(), block.data(), block.size());
        if (n < 0) {
            return fail(bad_archive(archives::reason(reader.get())));
        }
        if (n == 0) {
            return {};
        }
        block.resize(static_cast<std::size_t>(n));
        total += block.size();
        if (total > most_bytes) {
            return fail(bad_archive("it unpacks to more than " + human_bytes(most_bytes)));
        }
        if (!queue_.push(std::move(block))) {
            return fail(ErrorKind::internal, "nobody wants the rest");
        }
    }
}

} // namespace ktstr::fetch
