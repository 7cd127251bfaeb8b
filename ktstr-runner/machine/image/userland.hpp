// What the boot image holds beside ktstr-init: directories, the console's node, a few files of
// /etc, busybox's links.
#pragma once

#include "ktstr-runner/machine/image/archive.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::machine {

// Where a static busybox may be.
inline constexpr std::array busybox_paths{
    "/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox"};

// Directories that a merged-/usr host has as links.
inline constexpr std::array merged_directories{"bin", "sbin", "lib", "lib64"};

// Directories as the host lays them out: where its /bin is a link to usr/bin, so is the guest's,
// since a test's files come to the guest with the links that lead to them here.
Result<> add_skeleton(Archive& archive);

// The host's static busybox, absent when it has none: a dynamic one would need its libraries.
std::optional<std::filesystem::path> static_busybox();

// busybox and its links. `applets` are paths without a slash in front, as `busybox --list-full`
// prints them.
Result<> add_busybox(Archive& archive,
                     const std::filesystem::path& busybox,
                     const std::vector<std::string>& applets);

} // namespace ktstr::machine
