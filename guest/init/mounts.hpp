// The file systems of the guest, as a table.
#pragma once

#include "guest/base/os.hpp"

#include <span>
#include <string>
#include <vector>

namespace ktstr::guest {

enum class Need { required, optional };

struct MountSpec {
    const char* target;
    const char* type;
    const char* data;
    unsigned long flags; // MS_*
    Need need;
    const char* config; // what the kernel lacks when it knows no such file system
};

std::span<const MountSpec> mount_table();

struct MountResult {
    Problem problem;                // a required one is missing
    std::vector<std::string> notes; // optional ones that are
};

MountResult mount_all();

// Puts the root directory, which the kernel will not let anyone pivot away from, under a mount of
// itself.
Problem make_root_movable();

} // namespace ktstr::guest
