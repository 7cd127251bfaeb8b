#include "cargo-ktstr/net/partial_file.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace ktstr::net {

namespace fs = std::filesystem;

namespace {

// {"schema": 1, "url": SHA-256 of the URL, "validator": for If-Range}
constexpr int schema = 1;
constexpr std::size_t longest_note = 64 << 10;

fs::path with(const fs::path& path, const char* suffix) {
    return path.string() + suffix;
}

bool is_full(int error) {
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

} // namespace

Result<PartialFile> PartialFile::open(const fs::path& into, const std::string& url) {
    TRY_ASSIGN(auto fd, open_file(with(into, ".part"), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW));
    PartialFile file(into, sha256_of(url), std::move(fd));
    TRY(file.read_note());
    file.kept_ = file.size_;
    if (file.validator_.empty()) {
        TRY(file.begin({}));
    }
    return file;
}

// A note that is missing, torn or of another URL is none.
Result<> PartialFile::read_note() {
    struct stat held{};
    if (::fstat(fd_.get(), &held) != 0 || !S_ISREG(held.st_mode)) {
        return fail(ErrorKind::environment, with(into_, ".part").string() + " is not a plain file");
    }
    const auto text = read_file(with(into_, ".part.json"), longest_note);
    const auto note = text ? parse_json(*text).value_or(Json()) : Json();
    if (!note.is_object() || note.value("schema", Json()) != schema ||
        note.value("url", Json()) != url_digest_) {
        return {};
    }
    if (const auto validator = note.value("validator", Json()); validator.is_string()) {
        validator_ = validator.get<std::string>();
        size_ = static_cast<std::uint64_t>(held.st_size);
    }
    return {};
}

Result<> PartialFile::begin(const std::string& validator) {
    // In this order, so that no bytes are ever beside another version's note.
    if (::ftruncate(fd_.get(), 0) != 0) {
        return fail(Error::from_errno("empty " + with(into_, ".part").string()));
    }
    size_ = kept_ = 0;
    validator_ = validator;
    const Json note{
        {"schema",    schema     },
        {"url",       url_digest_},
        {"validator", validator_ }
    };
    return write_file_atomically(with(into_, ".part.json"), print_json(note) + "\n");
}

Result<> PartialFile::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(fd_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            const bool full = is_full(errno);
            auto error = Error::from_errno("write " + with(into_, ".part").string());
            return fail(full ? std::move(error).hint("make room on the disk; what came so far, " +
                                                     human_bytes(size_) +
                                                     ", is kept, and the next call goes on there")
                             : std::move(error));
        }
        size_ += static_cast<std::uint64_t>(n);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Result<> PartialFile::discard() {
    for (const auto* suffix : {".part", ".part.json"}) {
        if (::unlink(with(into_, suffix).c_str()) != 0 && errno != ENOENT) {
            return fail(Error::from_errno("remove " + with(into_, suffix).string()));
        }
    }
    return {};
}

Result<> PartialFile::finish() {
    if (::fsync(fd_.get()) != 0) {
        return fail(Error::from_errno("fsync " + with(into_, ".part").string()));
    }
    if (::rename(with(into_, ".part").c_str(), into_.c_str()) != 0) {
        return fail(Error::from_errno("rename to " + into_.string()));
    }
    ::unlink(with(into_, ".part.json").c_str());
    TRY_ASSIGN(const auto folder, open_file(into_.parent_path(), O_RDONLY | O_DIRECTORY));
    if (::fsync(folder.get()) != 0) {
        return fail(Error::from_errno("fsync " + into_.parent_path().string()));
    }
    return {};
}

} // namespace ktstr::net
