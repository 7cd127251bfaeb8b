#include "ktstr-runner/cache/room.hpp"

#include <algorithm>
#include <tuple>

namespace ktstr::cache {

std::uint64_t make_room(std::vector<Item> items,
                        std::uint64_t keep_bytes,
                        const std::function<bool(const Item&)>& remove) {
    std::uint64_t held = 0;
    for (const auto& item : items) {
        held += item.bytes;
    }
    std::ranges::sort(items, {}, [](const Item& item) { return std::tie(item.used_at, item.key); });
    std::uint64_t freed = 0;
    for (const auto& item : items) {
        if (held - freed <= keep_bytes) {
            break;
        }
        if (remove(item)) {
            freed += item.bytes;
        }
    }
    return freed;
}

} // namespace ktstr::cache
