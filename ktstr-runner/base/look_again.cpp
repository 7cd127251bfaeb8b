#include "ktstr-runner/base/look_again.hpp"

#include "ktstr-runner/base/fd.hpp"

#include <fcntl.h>

namespace ktstr {

void look_again(const std::filesystem::path& directory) {
    std::filesystem::path at;
    for (const auto& part : directory) {
        at /= part;
        // From the root down: the one above tells whether this is still the directory of that name.
        // One that may not be read, or is not there, is the next call's affair.
        const Fd opened(::open(at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
}

} // namespace ktstr
