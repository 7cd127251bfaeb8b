#include "ktstr-runner/base/file_system.hpp"

#include <fmt/format.h>

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ktstr {

namespace {

struct Named {
    unsigned long magic;
    std::string_view name;
};

// linux/magic.h.
constexpr std::array known{
    Named{AFS_FS_MAGIC,          "afs"      },
    Named{AFS_SUPER_MAGIC,       "afs"      },
    Named{BTRFS_SUPER_MAGIC,     "btrfs"    },
    Named{CEPH_SUPER_MAGIC,      "ceph"     },
    Named{CIFS_SUPER_MAGIC,      "cifs"     },
    Named{EXT4_SUPER_MAGIC,      "ext4"     },
    Named{NFS_SUPER_MAGIC,       "nfs"      },
    Named{OVERLAYFS_SUPER_MAGIC, "overlayfs"},
    Named{SMB2_SUPER_MAGIC,      "smb"      },
    Named{SMB_SUPER_MAGIC,       "smb"      },
    Named{TMPFS_MAGIC,           "tmpfs"    },
    Named{V9FS_MAGIC,            "9p"       },
    Named{FUSE_SUPER_MAGIC,      "fuse"     },
    Named{XFS_SUPER_MAGIC,       "xfs"      },
};

} // namespace

std::string file_system_name(unsigned long magic) {
    const auto found = std::ranges::find(known, magic, &Named::magic);
    return found != known.end() ? std::string(found->name) : fmt::format("{:#x}", magic);
}

std::string file_system_of(const std::filesystem::path& path) {
    for (auto at = path; !at.empty(); at = at.parent_path()) {
        struct statfs facts{};
        if (::statfs(at.c_str(), &facts) == 0) {
            return file_system_name(static_cast<unsigned long>(facts.f_type) & 0xFFFF'FFFFUL);
        }
        if (at == at.root_path()) {
            break;
        }
    }
    return "unknown";
}

} // namespace ktstr
