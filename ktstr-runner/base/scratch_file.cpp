#include "ktstr-runner/base/scratch_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace ktstr {

Result<Fd> scratch_file(const std::filesystem::path& folder) {
    Fd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (fd) {
        return fd;
    }
    // Not every file system has O_TMPFILE (NFS has not).
    auto path = (folder / ".scratch-XXXXXX").string();
    fd = Fd(::mkostemp(path.data(), O_CLOEXEC));
    if (!fd) {
        return fail(Error::from_errno("create a file in " + folder.string()));
    }
    ::unlink(path.c_str());
    return fd;
}

} // namespace ktstr
