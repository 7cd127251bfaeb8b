#include "ktstr-runner/machine/qemu/turns/window.hpp"

#include <cstdio>
#include <cstdlib>

namespace ktstr::machine::qemu::turns {

Wishes Window::wishes() {
    const auto* const header = find();
    if (header == nullptr) {
        return {};
    }
    return {.turn_seed = header->turn_seed, .stop_at = header->stop_at};
}

wire::Waiting Window::waiting() {
    const auto* const header = find();
    return header == nullptr ? wire::Waiting::none : static_cast<wire::Waiting>(header->waiting);
}

// /proc/self/maps (proc(5)): address range, permissions, offset, device, inode.
const volatile wire::Header* Window::find() {
    if (header_ != nullptr || told_ == nullptr) {
        return header_;
    }
    char* end = nullptr;
    const unsigned long inode = std::strtoul(told_, &end, 10);
    const unsigned long at = *end == ',' ? std::strtoul(end + 1, nullptr, 10) : 0;
    std::FILE* const maps = std::fopen("/proc/self/maps", "re");
    if (maps == nullptr) {
        return nullptr;
    }
    char* line = nullptr;
    std::size_t room = 0;
    while (header_ == nullptr && ::getline(&line, &room, maps) > 0) {
        unsigned long begin = 0;
        unsigned long behind = 0;
        char permissions[8] = {};
        unsigned long offset = 0;
        unsigned long found = 0;
        if (std::sscanf(line,
                        "%lx-%lx %7s %lx %*x:%*x %lu",
                        &begin,
                        &behind,
                        permissions,
                        &offset,
                        &found) == 5 &&
            found == inode && permissions[1] == 'w' && offset <= at &&
            at - offset < behind - begin) {
            // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel tells addresses as numbers
            header_ = reinterpret_cast<const volatile wire::Header*>(begin + (at - offset));
        }
    }
    std::free(line);
    std::fclose(maps);
    return header_;
}

} // namespace ktstr::machine::qemu::turns
