#include "ktstr-runner/host/file_digest.hpp"

#include "ktstr-runner/base/sha256.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace ktstr::host {

Result<std::string> file_identity(const std::filesystem::path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
        return fail(Error::from_errno(path.string()));
    }
    return fmt::format("{} {}:{} {} {}.{} {}.{}",
                       path.string(),
                       info.st_dev,
                       info.st_ino,
                       info.st_size,
                       info.st_mtim.tv_sec,
                       info.st_mtim.tv_nsec,
                       info.st_ctim.tv_sec,
                       info.st_ctim.tv_nsec);
}

Result<std::string> file_digest(const std::filesystem::path& path, const FactCache& cache) {
    TRY_ASSIGN(const auto identity, file_identity(path));
    const auto fact = "digest-" + sha256_of(path.string()).substr(0, 16);
    if (auto known = cache.recall(fact, identity)) {
        return std::move(*known);
    }
    TRY_ASSIGN(auto digest, sha256_of_file(path));
    TRY_ASSIGN(const auto after, file_identity(path));
    if (after == identity) { // else it was changed while we read
        cache.remember(fact, identity, digest);
    }
    return digest;
}

} // namespace ktstr::host
