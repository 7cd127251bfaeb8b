// Tail: the last bytes of a stream, in bounded memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ktstr::machine::qemu {

class Tail final {
public:
    explicit Tail(std::size_t limit) : limit_(limit) {}

    void append(std::string_view bytes) {
        total_ += bytes.size();
        text_.append(bytes.substr(bytes.size() - std::min(bytes.size(), limit_)));
        if (text_.size() > 2 * limit_) { // cut rarely, so that a flood costs one copy a byte
            text_.erase(0, text_.size() - limit_);
        }
    }

    std::string_view view() const {
        const std::string_view all = text_;
        return all.substr(all.size() - std::min(all.size(), limit_));
    }

    // How many bytes were ever appended.
    std::uint64_t total() const { return total_; }

private:
    std::size_t limit_;
    std::uint64_t total_ = 0;
    std::string text_;
};

} // namespace ktstr::machine::qemu
