#include "ktstr-runner/base/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace ktstr {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto fd, open_file(path, O_RDONLY));
    return of(fd, path.string());
}

Result<MappedFile> MappedFile::of(const Fd& file, const std::string& name) {
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) {
        return fail(Error::from_errno("stat " + name));
    }
    if (!S_ISREG(info.st_mode)) {
        return fail(ErrorKind::environment, name + " is not a regular file");
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0) {
        return MappedFile(nullptr, 0);
    }
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (data == MAP_FAILED) {
        return fail(Error::from_errno("map " + name));
    }
    return MappedFile(data, size);
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) {
        ::munmap(data_, size_);
    }
}

} // namespace ktstr
