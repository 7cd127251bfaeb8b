// Blocks of bytes from one thread to another, at most a few at a time.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace ktstr::fetch {

class ByteQueue final {
public:
    using Block = std::vector<char>;

    explicit ByteQueue(std::size_t most_blocks) : most_blocks_(most_blocks) {}

    // Waits for room. False when the reader wants no more.
    bool push(Block block);
    // No more blocks come: all is read, or it failed.
    void finish(Result<> outcome);

    bool is_finished();
    bool is_stopped();

    // Waits for a block; empty when the writer finished, and then why.
    Result<std::optional<Block>> pop();
    // Takes all that comes and drops it: the writer need not wait again.
    void stop();

    // A block that was used up, to be filled again; an empty one when there is none.
    Block take_spare();
    void give_spare(Block block);

private:
    const std::size_t most_blocks_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Block> blocks_;        // guarded by mutex_, as the rest
    std::vector<Block> spare_;        // at most most_blocks_
    std::optional<Result<>> outcome_; // set once the writer finished
    bool stopped_ = false;
};

} // namespace ktstr::fetch
