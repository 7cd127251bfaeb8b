#include "guest/scheduler/bounded_log.hpp"

#include "guest/base/text.hpp"

#include <algorithm>

namespace ktstr::guest {

void BoundedLog::add(std::string_view bytes) {
    const auto first = std::min(bytes.size(), head_limit_ - head_.size());
    head_ += bytes.substr(0, first);
    tail_ += bytes.substr(first);
    if (tail_.size() > 2 * tail_limit_) {
        const auto surplus = tail_.size() - tail_limit_;
        left_out_ += surplus;
        tail_.erase(0, surplus);
    }
}

std::string BoundedLog::text() const {
    const auto surplus = tail_.size() - std::min(tail_.size(), tail_limit_);
    const auto left_out = left_out_ + surplus;
    const auto seam =
        left_out == 0 ? "" : "\n[" + std::to_string(left_out) + " bytes are left out here]\n";
    return head_ + seam + tail_.substr(surplus);
}

namespace {

constexpr std::size_t longest_block = 16;
constexpr std::size_t worth_it = 3;

struct Repeat {
    std::size_t lines = 0; // of the block
    std::size_t times = 1;

    std::size_t saved() const { return lines * (times - 1); }
};

Repeat repeat_at(const std::vector<std::string_view>& lines, std::size_t at, std::size_t block) {
    Repeat repeat{.lines = block};
    const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(at);
    while (at + (repeat.times + 1) * block <= lines.size() &&
           std::equal(begin,
                      begin + static_cast<std::ptrdiff_t>(block),
                      begin + static_cast<std::ptrdiff_t>(repeat.times * block))) {
        ++repeat.times;
    }
    return repeat;
}

} // namespace

std::string fold_repeats(std::string_view text) {
    const auto lines = lines_of(text);
    std::string folded;
    for (std::size_t at = 0; at < lines.size();) {
        Repeat best{.lines = 1};
        for (std::size_t block = 1; block <= longest_block; ++block) {
            const auto repeat = repeat_at(lines, at, block);
            if (repeat.times >= worth_it && repeat.saved() > best.saved()) {
                best = repeat;
            }
        }
        for (std::size_t line = 0; line < best.lines; ++line) {
            folded += lines[at + line];
            folded += '\n';
        }
        if (best.times > 1) {
            folded += best.lines == 1 ? "[this line came "
                                      : "[these " + std::to_string(best.lines) + " lines came ";
            folded += std::to_string(best.times) + " times]\n";
        }
        at += best.lines * best.times;
    }
    return folded;
}

std::string last_line(std::string_view text, std::size_t limit) {
    std::string_view last;
    for (const auto line : lines_of(text)) {
        if (const auto bare = trimmed(line); !bare.empty()) {
            last = bare;
        }
    }
    return std::string(last.substr(0, limit));
}

} // namespace ktstr::guest
