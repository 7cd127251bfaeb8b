#include "guest/base/directory.hpp"

#include <dirent.h>

#include <memory>
#include <string_view>

namespace ktstr::guest {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

} // namespace

std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, CloseDirectory> listing(::opendir(path.c_str()));
    while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    return names;
}

} // namespace ktstr::guest
