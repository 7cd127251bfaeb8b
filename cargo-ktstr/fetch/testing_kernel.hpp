// The sources of a kernel as an archive has them. Tests only.
#pragma once

#include "cargo-ktstr/archives/testing_pack.hpp"

namespace ktstr::fetch {

using archives::Member;
using archives::pack;

// The least that looks like the sources of a kernel.
inline std::vector<Member> kernel_members(const std::string& version) {
    const auto top = "linux-" + version + "/";
    return {
        {top, "", AE_IFDIR},
        {top + "Makefile", "# " + version + "\n"},
        {top + "Kconfig", "# top\n"},
        {top + "kernel/sched/core.c", "/* core */\n"},
        {top + "scripts/run.sh", "#!/bin/sh\n", AE_IFREG, "", 0755},
        {top + "scripts/arch", "", AE_IFLNK, "../kernel/sched"},
    };
}

} // namespace ktstr::fetch
