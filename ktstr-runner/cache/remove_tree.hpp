// A directory with all below it goes, as far as it can.
#pragma once

#include <filesystem>

namespace ktstr::cache {

// Unlike std::filesystem::remove_all() it does not end at the first file that stays: NFS keeps one
// that was open when it was removed, under a name that begins with ".nfs", until this host has
// written or given up what it held of it, and the rest may be gigabytes. False when something is
// left. Links are not followed.
bool remove_tree(const std::filesystem::path& path);

} // namespace ktstr::cache
