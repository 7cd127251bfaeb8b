// A program's output of any length in bounded memory: its beginning and its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ktstr::guest {

class BoundedLog final {
public:
    // Bytes of the beginning and of the end that are kept.
    BoundedLog(std::size_t head, std::size_t tail) : head_limit_(head), tail_limit_(tail) {}

    void add(std::string_view bytes);

    // What is kept, with a line of its own where something is left out.
    std::string text() const;

private:
    std::size_t head_limit_;
    std::size_t tail_limit_;
    std::string head_;
    std::string tail_; // up to twice the limit, so that it is not moved for each byte
    std::uint64_t left_out_ = 0;
};

// Blocks of up to 16 lines that come three times or more in a row, once, with a line that says how
// often: a scheduler that complains on each dispatch must not push out what it said first.
std::string fold_repeats(std::string_view text);

// The last line that is not empty, without spaces at its ends, of at most `limit` bytes.
std::string last_line(std::string_view text, std::size_t limit = 500);

} // namespace ktstr::guest
