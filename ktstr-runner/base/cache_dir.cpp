#include "ktstr-runner/base/cache_dir.hpp"

#include "ktstr-runner/base/process.hpp"

namespace ktstr {

Result<std::filesystem::path> cache_dir() {
    if (const auto xdg = env("XDG_CACHE_HOME"); xdg && !xdg->empty()) {
        return std::filesystem::path(*xdg) / "ktstr";
    }
    if (const auto home = env("HOME"); home && !home->empty()) {
        return std::filesystem::path(*home) / ".cache" / "ktstr";
    }
    return fail(Error(ErrorKind::environment, "neither XDG_CACHE_HOME nor HOME is set")
                    .hint("set HOME, or XDG_CACHE_HOME to a directory that keeps"));
}

} // namespace ktstr
