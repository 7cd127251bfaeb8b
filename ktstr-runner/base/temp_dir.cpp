#include "ktstr-runner/base/temp_dir.hpp"

#include "ktstr-runner/base/process.hpp"

#include <cstdlib>

namespace ktstr {

Result<TempDir> TempDir::create(std::string_view prefix, std::filesystem::path parent) {
    if (parent.empty()) {
        parent = env("TMPDIR").value_or("/tmp");
    }
    auto path = (parent / (std::string(prefix) + "-XXXXXX")).string();
    if (::mkdtemp(path.data()) == nullptr) {
        return fail(Error::from_errno("create a directory in " + parent.string()));
    }
    return TempDir(path);
}

TempDir::~TempDir() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

} // namespace ktstr
