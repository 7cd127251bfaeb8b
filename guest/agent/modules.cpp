#include "guest/agent/modules.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ktstr::guest {

Problem load_modules(std::span<const std::string> paths) {
    for (const auto& path : paths) {
        const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd || (::syscall(SYS_finit_module, fd.get(), "", 0) != 0 && errno != EEXIST)) {
            return errno_text("cannot load the module " + path);
        }
    }
    return std::nullopt;
}

} // namespace ktstr::guest
