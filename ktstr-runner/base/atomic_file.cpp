#include "ktstr-runner/base/atomic_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace ktstr {

AtomicFile::~AtomicFile() {
    if (fd_ && !temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path, unsigned mode) {
    auto temporary =
        (path.parent_path() / fmt::format(".{}.XXXXXX", path.filename().string())).string();
    Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) {
        return fail(Error::from_errno("create a file in " + path.parent_path().string()));
    }
    ::fchmod(fd.get(), mode);
    return AtomicFile(path, std::move(temporary), std::move(fd));
}

Result<> AtomicFile::write(std::string_view text) {
    TRY(write_all(fd_.get(), text), "cannot write " + path_.string());
    return {};
}

Result<> AtomicFile::sync() const {
    if (::fsync(fd_.get()) != 0) {
        return fail(Error::from_errno("fsync " + path_.string()));
    }
    return {};
}

Result<> AtomicFile::sync_folder() const {
    TRY_ASSIGN(const auto folder, open_file(path_.parent_path(), O_RDONLY | O_DIRECTORY));
    if (::fsync(folder.get()) != 0) {
        return fail(Error::from_errno("fsync " + path_.parent_path().string()));
    }
    return {};
}

Result<> AtomicFile::commit() {
    TRY(sync());
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return fail(Error::from_errno("rename to " + path_.string()));
    }
    fd_.reset();
    return sync_folder();
}

Result<bool> AtomicFile::commit_new() {
    TRY(sync());
    // Both refuse an existing name; network file systems know only the first, FAT only the second.
    int failed = ::link(temporary_.c_str(), path_.c_str());
    if (failed == 0) {
        ::unlink(temporary_.c_str());
    } else if (errno == EPERM || errno == EOPNOTSUPP) {
        failed =
            ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
    }
    if (failed != 0) {
        if (errno == EEXIST) {
            return false;
        }
        return fail(Error::from_errno("give a file the name " + path_.string()));
    }
    fd_.reset();
    TRY(sync_folder());
    return true;
}

Result<>
write_file_atomically(const std::filesystem::path& path, std::string_view text, unsigned mode) {
    TRY_ASSIGN(auto file, AtomicFile::create(path, mode));
    TRY(file.write(text));
    return file.commit();
}

Result<> make_directories(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        return fail(ErrorKind::environment,
                    "create the directory " + path.string() + ": " + error.message());
    }
    return {};
}

} // namespace ktstr
