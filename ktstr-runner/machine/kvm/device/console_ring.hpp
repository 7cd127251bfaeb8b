// The last bytes of the console, in memory that the VMM's process and the runner share: writing
// never waits, and what was written survives the VMM.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace ktstr::machine::kvm {

class ConsoleRing final {
public:
    static constexpr std::size_t capacity = 64 << 10;

    void put(char byte) {
        const auto at = written_.load(std::memory_order_relaxed);
        bytes_[at % capacity] = byte;
        written_.store(at + 1, std::memory_order_release);
    }

    // How much was ever written.
    std::uint64_t written() const { return written_.load(std::memory_order_acquire); }

    // What is left of it, oldest first. A writer that goes on meanwhile may have replaced the
    // oldest.
    std::string text() const {
        const auto end = written();
        const auto begin = end > capacity ? end - capacity : 0;
        std::string out;
        out.reserve(end - begin);
        for (auto at = begin; at < end && out.size() < capacity; ++at) {
            out.push_back(bytes_[at % capacity]);
        }
        return out;
    }

private:
    std::atomic<std::uint64_t> written_{0};
    std::array<char, capacity> bytes_{};
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

} // namespace ktstr::machine::kvm
