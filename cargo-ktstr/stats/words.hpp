// Words that many attempts share, kept once.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ktstr::stats {

// The number of a word; the same word has the same one.
using Word = std::uint32_t;

// The empty one is 0. Threads may ask for numbers at the same time; texts are for when they are
// done.
class Words final {
public:
    Words() { number_of(""); }

    Word number_of(std::string_view text);

    const std::string& operator[](Word word) const { return texts_[word]; }

    std::size_t size() const { return texts_.size(); }

private:
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
    std::deque<std::string> texts_; // never move: the map's keys look at them
    std::unordered_map<std::string_view, Word> numbers_;
};

inline Word Words::number_of(std::string_view text) {
    const std::lock_guard lock(*mutex_);
    if (const auto found = numbers_.find(text); found != numbers_.end()) {
        return found->second;
    }
    const auto number = static_cast<Word>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
}

} // namespace ktstr::stats
