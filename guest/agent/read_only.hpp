// Files that a program may look at and not change.
#pragma once

namespace ktstr::guest {

// For the calling process and what it starts, in a mount namespace of its own: all that is mounted
// becomes read-only (mount_setattr(2), Linux 5.12), /proc, /sys and cgroups too; devices can be
// written as before. False: errno says why. Needs CAP_SYS_ADMIN.
bool make_all_read_only();

} // namespace ktstr::guest
