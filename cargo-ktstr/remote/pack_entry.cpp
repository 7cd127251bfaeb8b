#include "cargo-ktstr/archives/handle.hpp"
#include "cargo-ktstr/remote/entry_archive.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/sha256.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

namespace ktstr::remote {

namespace fs = std::filesystem;

namespace {

// zstd's own default: beyond it a kernel gets smaller by percents and slower by times.
constexpr const char* level = "zstd:compression-level=3";
constexpr std::size_t piece = 256 << 10;

Result<Manifest> survey(const fs::path& directory) {
    Manifest manifest;
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, error);
         !error && at != fs::recursive_directory_iterator();
         at.increment(error)) {
        const auto name = at->path().lexically_relative(directory).string();
        const auto kind = at->symlink_status().type();
        if (kind == fs::file_type::directory) {
            continue;
        }
        if (kind != fs::file_type::regular || !is_member_name(name) || name == manifest_name) {
            return fail(ErrorKind::internal, "an archive of an entry cannot hold " + name);
        }
        ManifestFile facts;
        TRY_ASSIGN(facts.sha256, sha256_of_file(at->path()));
        facts.size = at->file_size(error);
        manifest.emplace(name, std::move(facts));
    }
    if (error) {
        return fail(ErrorKind::environment, "read " + directory.string() + ": " + error.message());
    }
    return manifest;
}

class Writer final {
public:
    static Result<Writer> open(int file) {
        Writer writer{archives::WriteArchive(archive_write_new())};
        auto* a = writer.archive_.get();
        if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
            archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
            archive_write_set_options(a, level) != ARCHIVE_OK ||
            archive_write_open_fd(a, file) != ARCHIVE_OK) {
            return fail(ErrorKind::environment, "begin an archive: " + archives::reason(a));
        }
        return writer;
    }

    Result<> member(const std::string& name, std::uint64_t size) {
        const archives::ArchiveEntry entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
        archive_entry_set_mtime(entry.get(), 0, 0);
        return check(archive_write_header(archive_.get(), entry.get()), name);
    }

    Result<> data(std::span<const char> bytes, const std::string& name) {
        const auto n = archive_write_data(archive_.get(), bytes.data(), bytes.size());
        if (n >= 0 && static_cast<std::size_t>(n) != bytes.size()) {
            return fail(ErrorKind::environment, name + " became longer while it was packed");
        }
        return check(n < 0 ? ARCHIVE_FATAL : ARCHIVE_OK, name);
    }

    Result<> close() { return check(archive_write_close(archive_.get()), "its end"); }

private:
    explicit Writer(archives::WriteArchive archive) : archive_(std::move(archive)) {}

    Result<> check(int code, const std::string& what) {
        if (code != ARCHIVE_OK) {
            return fail(ErrorKind::environment,
                        "write " + what + " to an archive: " + archives::reason(archive_.get()));
        }
        return {};
    }

    archives::WriteArchive archive_;
};

// The file as it was when it was surveyed, or an error.
Result<> add_file(Writer& writer,
                  const fs::path& path,
                  const std::string& name,
                  const ManifestFile& facts,
                  std::vector<char>& buffer) {
    TRY_ASSIGN(const auto fd, open_file(path, O_RDONLY | O_NOFOLLOW));
    TRY(writer.member(name, facts.size));
    Sha256 digest;
    for (;;) {
        const auto n = ::read(fd.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(Error::from_errno("read " + path.string()));
        }
        if (n == 0) {
            break;
        }
        const auto bytes = std::span(buffer).first(static_cast<std::size_t>(n));
        digest.add(std::as_bytes(bytes));
        TRY(writer.data(bytes, name));
    }
    if (digest.hex() != facts.sha256) {
        return fail(ErrorKind::environment, name + " changed while it was packed");
    }
    return {};
}

} // namespace

Result<Packed> pack_entry(const fs::path& directory, int file) {
    TRY_ASSIGN(const auto manifest, survey(directory));
    TRY_ASSIGN(auto writer, Writer::open(file));
    const auto text = manifest_text(manifest);
    TRY(writer.member(std::string(manifest_name), text.size()));
    TRY(writer.data(text, std::string(manifest_name)));
    Packed packed;
    std::vector<char> buffer(piece);
    for (const auto& [name, facts] : manifest) {
        TRY(add_file(writer, directory / name, name, facts, buffer));
        packed.unpacked += facts.size;
    }
    TRY(writer.close());
    struct stat status{};
    if (::fstat(file, &status) != 0) {
        return fail(Error::from_errno("look at an archive"));
    }
    packed.bytes = static_cast<std::uint64_t>(status.st_size);
    return packed;
}

} // namespace ktstr::remote
