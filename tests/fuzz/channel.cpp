// The ring to the host as a guest may leave it: any indices, any bytes. Input: the write index, the
// read index (8 bytes each), then the ring from its first byte on.
#include "ktstr-runner/machine/window/channel.hpp"

#include <algorithm>
#include <cstring>

namespace {

namespace layout = ktstr::wire::layout;

class Window final : public ktstr::machine::WindowMemory {
public:
    std::uint64_t size() const override { return bytes_.size(); }

    ktstr::Result<> read(std::uint64_t offset, std::span<std::byte> into) const override {
        if (offset > bytes_.size() || into.size() > bytes_.size() - offset) {
            __builtin_trap(); // the channel knows its window's size
        }
        std::memcpy(into.data(), bytes_.data() + offset, into.size());
        return {};
    }

    ktstr::Result<> write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        if (offset > bytes_.size() || bytes.size() > bytes_.size() - offset) {
            __builtin_trap();
        }
        std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
        return {};
    }

    std::byte* at(std::uint64_t offset) { return bytes_.data() + offset; }

private:
    std::vector<std::byte> bytes_ = std::vector<std::byte>(layout::payload);
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Window window;
    constexpr std::size_t indices = 16;
    if (size < indices) {
        return 0;
    }
    std::memcpy(window.at(layout::to_host_control), data, 8);
    std::memcpy(window.at(layout::to_host_control + 64), data + 8, 8);
    const auto ring = std::min<std::size_t>(size - indices, layout::to_host_size);
    std::memcpy(window.at(layout::to_host_ring), data + indices, ring);
    ktstr::machine::Channel channel(window);
    for (int frames = 0; frames < 64; ++frames) { // a guest may go on for ever
        const auto frame = channel.receive();
        if (!frame || !*frame) {
            break;
        }
        if ((*frame)->body.size() > ktstr::wire::max_frame_body) {
            __builtin_trap();
        }
    }
    std::memset(window.at(layout::to_host_ring), 0, ring);
    return 0;
}
