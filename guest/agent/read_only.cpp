#include "guest/agent/read_only.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace ktstr::guest {

bool make_all_read_only() {
    constexpr unsigned recursively = 0x8000;         // AT_RECURSIVE of linux/fcntl.h
    constexpr std::uint64_t for_us_alone = 1U << 18; // MS_PRIVATE of linux/mount.h
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    attributes.propagation = for_us_alone;
    return ::unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) == 0 &&
           ::syscall(
               SYS_mount_setattr, AT_FDCWD, "/", recursively, &attributes, sizeof attributes) == 0;
}

} // namespace ktstr::guest
