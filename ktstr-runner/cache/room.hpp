// Which things of a cache go when they take too much: those that were not used for the longest
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ktstr::cache {

struct Item {
    std::string key;
    std::uint64_t bytes = 0;
    std::int64_t used_at = 0; // UTC seconds
};

// Offers them to `remove`, oldest use first, until the rest takes at most `keep_bytes`; what
// `remove` refuses stays and still counts. Returns the bytes freed.
std::uint64_t make_room(std::vector<Item> items,
                        std::uint64_t keep_bytes,
                        const std::function<bool(const Item&)>& remove);

} // namespace ktstr::cache
