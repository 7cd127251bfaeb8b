// Network file systems believe for a while what they know of a directory, names that it has not
// got included: NFS up to a minute (nfs(5), acdirmax). Who opens a directory is told what is so now
// (close-to-open consistency, the same page).
#pragma once

#include <filesystem>

namespace ktstr {

// What is asked of the names in `directory` from here on is what every host has done to them and to
// the directories above. Costs an open(2) for each of these, and on NFS a round trip.
void look_again(const std::filesystem::path& directory);

} // namespace ktstr
