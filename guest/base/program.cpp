#include "guest/base/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace ktstr::guest {

std::string_view variable(std::span<const char* const> environment, std::string_view name) {
    for (const char* const pointer : environment) {
        const std::string_view entry(pointer != nullptr ? pointer : "");
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
            return entry.substr(name.size() + 1);
        }
    }
    return {};
}

std::string find_program(const std::string& name, std::string_view path) {
    if (name.find('/') != std::string::npos) {
        return name;
    }
    std::string forbidden;
    while (!name.empty()) {
        const auto end = path.find(':');
        const auto directory = path.substr(0, end);
        const auto candidate = (directory.empty() ? "." : std::string(directory)) + '/' + name;
        struct stat status{};
        if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
            if (::access(candidate.c_str(), X_OK) == 0) {
                return candidate;
            }
            forbidden = forbidden.empty() ? candidate : forbidden;
        }
        if (end == std::string_view::npos) {
            break;
        }
        path.remove_prefix(end + 1);
    }
    return forbidden;
}

} // namespace ktstr::guest
