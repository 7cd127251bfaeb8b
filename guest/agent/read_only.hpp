// Files that a program may look at and not change.
#pragma once

namespace ktstr::guest {

// For the calling process and what it starts, in namespaces of its own (mount, IPC, UTS): all that
// is mounted becomes read-only (mount_setattr(2), Linux 5.12), /proc, /sys and cgroups too; devices
// can be written as before. Against accidents, not against a program that means it. False: errno
// says why. Needs CAP_SYS_ADMIN.
bool make_all_read_only();

} // namespace ktstr::guest
