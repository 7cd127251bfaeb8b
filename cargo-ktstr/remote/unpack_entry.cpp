#include "cargo-ktstr/archives/handle.hpp"
#include "cargo-ktstr/remote/entry_archive.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/sha256.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <set>
#include <vector>

namespace ktstr::remote {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece = 256 << 10;

Error broken(std::string text) {
    return Error(ErrorKind::environment, std::move(text));
}

// "modules/" and "./modules" as "modules".
std::string plain_name(archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    std::string_view name = raw != nullptr ? raw : "";
    while (name.starts_with("./")) {
        name.remove_prefix(2);
    }
    while (name.size() > 1 && name.ends_with('/')) {
        name.remove_suffix(1);
    }
    return std::string(name);
}

class Unpacking final {
public:
    Unpacking(archive* a, const fs::path& directory, const ArchiveLimits& limits)
        : archive_(a), directory_(directory), limits_(limits), buffer_(piece) {}

    Result<> run() {
        TRY_ASSIGN(auto* first, next());
        if (first == nullptr || plain_name(first) != manifest_name ||
            archive_entry_filetype(first) != AE_IFREG) {
            return fail(broken("its first member is no manifest"));
        }
        TRY_ASSIGN(const auto text, manifest_of(first));
        TRY_ASSIGN(manifest_, parse_manifest(text, limits_));
        for (std::uint64_t members = 0;; ++members) {
            TRY_ASSIGN(auto* entry, next());
            if (entry == nullptr) {
                break;
            }
            if (members == limits_.files) {
                return fail(broken("it has too many members"));
            }
            TRY(member(entry));
        }
        if (done_.size() != manifest_.size()) {
            return fail(broken("it has not all files of its manifest"));
        }
        return {};
    }

private:
    // Null at the end.
    Result<archive_entry*> next() {
        archive_entry* entry = nullptr;
        const int code = archive_read_next_header(archive_, &entry);
        if (code == ARCHIVE_EOF) {
            return nullptr;
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            return fail(broken(archives::reason(archive_)));
        }
        return entry;
    }

    // Some bytes of the member, none at its end.
    Result<std::span<const char>> read() {
        const auto n = archive_read_data(archive_, buffer_.data(), buffer_.size());
        if (n < 0) {
            return fail(broken(archives::reason(archive_)));
        }
        return std::span<const char>(buffer_).first(static_cast<std::size_t>(n));
    }

    Result<std::string> manifest_of(archive_entry* entry) {
        const auto size = archive_entry_size(entry);
        if (size < 0 || static_cast<std::uint64_t>(size) > limits_.manifest) {
            return fail(broken("its manifest is too large"));
        }
        std::string text;
        for (;;) {
            TRY_ASSIGN(const auto bytes, read());
            if (bytes.empty()) {
                return text;
            }
            text.append(bytes.data(), bytes.size());
            if (text.size() > limits_.manifest) { // a sparse one is more than its size
                return fail(broken("its manifest is too large"));
            }
        }
    }

    Result<> member(archive_entry* entry) {
        const auto name = plain_name(entry);
        if (!is_member_name(name)) {
            return fail(broken("it has a member outside the entry: " + printable(name)));
        }
        const auto type = archive_entry_filetype(entry);
        if (type == AE_IFDIR) {
            return make_directories(directory_ / name);
        }
        if (type != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
            return fail(broken(printable(name) + " is neither a file nor a folder"));
        }
        const auto facts = manifest_.find(name);
        if (facts == manifest_.end() || !done_.insert(name).second) {
            return fail(broken(printable(name) + " is not of its manifest, or comes twice"));
        }
        return file(entry, name, facts->second);
    }

    Result<> file(archive_entry* entry, const std::string& name, const ManifestFile& facts) {
        const auto path = directory_ / name;
        TRY(make_directories(path.parent_path()));
        TRY_ASSIGN(const auto fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW));
        Sha256 digest;
        std::uint64_t left = facts.size;
        for (;;) {
            TRY_ASSIGN(const auto bytes, read());
            if (bytes.empty()) {
                break;
            }
            if (bytes.size() > left) {
                return fail(broken(name + " is longer than its manifest says"));
            }
            left -= bytes.size();
            digest.add(std::as_bytes(bytes));
            TRY(write_all(fd.get(), std::as_bytes(bytes)), "cannot write " + path.string());
        }
        if (left != 0 || archive_entry_size(entry) != static_cast<la_int64_t>(facts.size) ||
            digest.hex() != facts.sha256) {
            return fail(broken(name + " is not as its manifest says"));
        }
        return {};
    }

    archive* archive_;
    const fs::path& directory_;
    const ArchiveLimits& limits_;
    std::vector<char> buffer_;
    Manifest manifest_;
    std::set<std::string> done_;
};

void empty(const fs::path& directory) {
    std::error_code ignored;
    for (const auto& each : fs::directory_iterator(directory, ignored)) {
        fs::remove_all(each.path(), ignored);
    }
}

} // namespace

Result<> unpack_entry(int file, const fs::path& directory, const ArchiveLimits& limits) {
    const archives::ReadArchive a(archive_read_new());
    archive_read_support_filter_zstd(a.get());
    archive_read_support_format_tar(a.get());
    if (::lseek(file, 0, SEEK_SET) != 0 ||
        archive_read_open_fd(a.get(), file, piece) != ARCHIVE_OK) {
        return fail(broken("the archive of the entry is damaged: " + archives::reason(a.get())));
    }
    if (auto done = Unpacking(a.get(), directory, limits).run(); !done) {
        empty(directory);
        return fail(std::move(done).error().context("the archive of the entry is damaged"));
    }
    return {};
}

} // namespace ktstr::remote
