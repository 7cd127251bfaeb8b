// The files that the output of a run goes to, as in `cargo ktstr test > run.log`.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace ktstr {

struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;

    bool operator==(const FileIdentity&) const = default;
};

// The regular files that are stdout or stderr of this process or of one that it descends from, by
// /proc. Of a process that may not be looked at, nothing is known.
std::vector<FileIdentity> run_output_files();

// Whether `path` (lstat(2)) is one of them.
bool is_one_of(const std::filesystem::path& path, const std::vector<FileIdentity>& files);

} // namespace ktstr
