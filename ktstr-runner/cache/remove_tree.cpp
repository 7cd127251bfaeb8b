#include "ktstr-runner/cache/remove_tree.hpp"

#include <system_error>

namespace ktstr::cache {

namespace fs = std::filesystem;

bool remove_tree(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error) {
        return true;
    }
    if (fs::symlink_status(path, error).type() == fs::file_type::directory) {
        for (fs::directory_iterator at(path, error); !error && at != fs::directory_iterator();
             at.increment(error)) {
            remove_tree(at->path());
        }
    }
    fs::remove(path, error);
    return !error;
}

} // namespace ktstr::cache
