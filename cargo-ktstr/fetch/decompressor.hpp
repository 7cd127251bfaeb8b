// The bytes of a compressed file: read once, digested on the way, decompressed by a thread of its
// own that runs a few blocks ahead of the reader.
#pragma once

#include "cargo-ktstr/fetch/byte_queue.hpp"
#include "ktstr-runner/base/fd.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace ktstr::fetch {

class Decompressor final {
public:
    // Begins at once. `most_bytes` bounds what comes out.
    Decompressor(Fd file, std::uint64_t most_bytes);
    ~Decompressor();
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    // The next block; absent at the end.
    Result<std::optional<ByteQueue::Block>> next() { return queue_.pop(); }

    void give_back(ByteQueue::Block block) { queue_.give_spare(std::move(block)); }

    // SHA-256 of the whole file, also of what lies behind the compressed part or behind an error.
    // Absent before next() gave the end or that error.
    std::optional<std::string> digest() {
        return queue_.is_finished() ? std::optional(digest_) : std::nullopt;
    }

    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    struct Source;

    void run(std::uint64_t most_bytes);
    Result<> decompress(Source& source, std::uint64_t most_bytes);

    Fd file_;
    ByteQueue queue_;
    std::string digest_; // written by the thread before it finishes the queue
    std::atomic<std::uint64_t> bytes_read_ = 0;
    std::jthread thread_; // the last member: it uses the others
};

} // namespace ktstr::fetch
