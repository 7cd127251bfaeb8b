#include "cargo-ktstr/fetch/byte_queue.hpp"

namespace ktstr::fetch {

bool ByteQueue::push(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || blocks_.size() < most_blocks_; });
    if (stopped_) {
        return false;
    }
    blocks_.push_back(std::move(block));
    changed_.notify_all();
    return true;
}

void ByteQueue::finish(Result<> outcome) {
    const std::scoped_lock lock(mutex_);
    outcome_ = std::move(outcome);
    changed_.notify_all();
}

bool ByteQueue::is_finished() {
    const std::scoped_lock lock(mutex_);
    return outcome_.has_value();
}

bool ByteQueue::is_stopped() {
    const std::scoped_lock lock(mutex_);
    return stopped_;
}

Result<std::optional<ByteQueue::Block>> ByteQueue::pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !blocks_.empty() || outcome_; });
    if (blocks_.empty()) {
        TRY(Result<>(*outcome_));
        return std::optional<Block>{};
    }
    std::optional block(std::move(blocks_.front()));
    blocks_.pop_front();
    changed_.notify_all();
    return block;
}

void ByteQueue::stop() {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    blocks_.clear();
    changed_.notify_all();
}

ByteQueue::Block ByteQueue::take_spare() {
    const std::scoped_lock lock(mutex_);
    if (spare_.empty()) {
        return {};
    }
    Block block(std::move(spare_.back()));
    spare_.pop_back();
    return block;
}

void ByteQueue::give_spare(Block block) {
    const std::scoped_lock lock(mutex_);
    if (spare_.size() < most_blocks_) {
        spare_.push_back(std::move(block));
    }
}

} // namespace ktstr::fetch
