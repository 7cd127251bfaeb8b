#include "ktstr-runner/store/room.hpp"

#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/cache/room.hpp"
#include "ktstr-runner/store/metadata.hpp"

namespace ktstr::store {

Result<std::optional<std::uint64_t>> size_cap() {
    const auto given = env("KTSTR_KERNELS_MAX");
    if (!given) {
        return std::optional<std::uint64_t>{};
    }
    const auto bytes = parse_size(*given, 1ULL << 20);
    if (!bytes) {
        return fail(ErrorKind::usage,
                    "KTSTR_KERNELS_MAX: \"" + to_utf8(*given) + "\" is not a size such as 8G");
    }
    return bytes;
}

void make_room(const std::filesystem::path& root, std::uint64_t cap, std::string_view but) {
    std::vector<cache::Item> items;
    for (const auto& name : cache::names_in(root)) {
        std::error_code ignored;
        const auto directory = root / name;
        if (cache::is_plain_name(name) && std::filesystem::is_directory(directory, ignored)) {
            items.push_back(
                {name, cache::bytes_on_disk(directory), cache::used_at(directory / metadata_name)});
        }
    }
    cache::make_room(std::move(items), cap, [&](const cache::Item& item) {
        const auto directory = root / item.key;
        if (item.key == but || cache::remove_unused(root, directory, directory / metadata_name) !=
                                   cache::Removal::removed) {
            return false;
        }
        say("removed the kernel {} ({}): KTSTR_KERNELS_MAX is {}",
            to_utf8(item.key),
            human_bytes(item.bytes),
            human_bytes(cap));
        return true;
    });
}

} // namespace ktstr::store
