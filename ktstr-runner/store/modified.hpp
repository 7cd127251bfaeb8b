// A file's time of change as metadata.json has it.
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace ktstr::store {

// ns since the epoch; file systems that count in seconds give whole ones.
inline std::int64_t modified_ns(const struct stat& status) {
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

} // namespace ktstr::store
