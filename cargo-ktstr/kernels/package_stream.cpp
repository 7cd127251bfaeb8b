#include "cargo-ktstr/kernels/package_stream.hpp"

#include "cargo-ktstr/archives/handle.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <optional>

namespace ktstr::kernels {

namespace {

Error broken(const std::string& what) {
    return Error(ErrorKind::usage, what);
}

// The next header; false at the end. Warnings (odd character sets) are no reason to stop.
Result<bool> next(archive* a, archive_entry** entry) {
    const int code = archive_read_next_header(a, entry);
    if (code == ARCHIVE_EOF) {
        return false;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
        return fail(broken(archives::reason(a)));
    }
    return true;
}

// The member of the outer archive as the inner one's input.
struct Member {
    archive* outer;
    std::array<char, 65536> buffer;

    static la_ssize_t read(archive* inner, void* self, const void** data) {
        auto& member = *static_cast<Member*>(self);
        *data = member.buffer.data();
        const auto n = archive_read_data(member.outer, member.buffer.data(), member.buffer.size());
        if (n < 0) {
            archive_set_error(
                inner, archive_errno(member.outer), "%s", archives::reason(member.outer).c_str());
        }
        return n;
    }
};

// "./usr/lib" and "usr/lib" as "usr/lib"; absent for a name that would leave the package.
std::optional<std::string> inside(const char* given) {
    std::string_view name = given != nullptr ? given : "";
    while (name.starts_with("./")) {
        name.remove_prefix(2);
    }
    if (name.starts_with('/')) {
        return std::nullopt;
    }
    for (const auto& part : split(name, '/')) {
        if (part == "..") {
            return std::nullopt;
        }
    }
    return std::string(name);
}

struct Totals {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
};

Result<> check(archive_entry* entry, const PackageLimits& limits, Totals& totals) {
    const char* raw = archive_entry_pathname(entry);
    const auto name = printable(raw != nullptr ? raw : "");
    if (!inside(raw)) {
        return fail(broken("it has a file outside its own tree: " + name));
    }
    // A hard link in a tar names another member; a symbolic link is never followed nor made by us.
    if (const char* target = archive_entry_hardlink(entry); target != nullptr && !inside(target)) {
        return fail(broken(name + " is a hard link out of the package, to " + printable(target)));
    }
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO || type == AE_IFSOCK) {
        return fail(broken(name + " is a device, which no kernel package has"));
    }
    const auto size = archive_entry_size(entry);
    totals.entries += 1;
    if (size < 0 || static_cast<std::uint64_t>(size) > limits.bytes - totals.bytes) {
        return fail(broken(name + " claims an absurd size; the package may hold " +
                           human_bytes(limits.bytes)));
    }
    totals.bytes += static_cast<std::uint64_t>(size);
    if (totals.entries > limits.entries) {
        return fail(broken("it has more than " + std::to_string(limits.entries) + " files"));
    }
    return {};
}

Result<> walk(archive* outer,
              const std::function<Result<>(PackageFile&)>& visit,
              const PackageLimits& limits,
              Totals& totals) {
    const archives::ReadArchive inner(archive_read_new());
    archive_read_support_format_tar(inner.get());
    archive_read_support_filter_all(inner.get());
    Member member{.outer = outer, .buffer = {}};
    if (archive_read_open(inner.get(), &member, nullptr, &Member::read, nullptr) != ARCHIVE_OK) {
        return fail(broken(archives::reason(inner.get())));
    }
    archive_entry* entry = nullptr;
    for (;;) {
        TRY_ASSIGN(const bool more, next(inner.get(), &entry));
        if (!more) {
            return {};
        }
        TRY(check(entry, limits, totals));
        if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr) {
            PackageFile file(inner.get(),
                             *inside(archive_entry_pathname(entry)),
                             static_cast<std::uint64_t>(archive_entry_size(entry)));
            TRY(visit(file), file.name());
        }
    }
}

} // namespace

Result<std::string> PackageFile::read(std::uint64_t limit) {
    if (size_ > limit) {
        return fail(
            broken(name_ + " has " + human_bytes(size_) + ", more than " + human_bytes(limit)));
    }
    std::string text(size_, '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const auto n = archive_read_data(inner_, text.data() + done, text.size() - done);
        if (n <= 0) {
            return fail(broken(n < 0 ? archives::reason(inner_) : "it ends early"));
        }
        done += static_cast<std::size_t>(n);
    }
    return text;
}

Result<> PackageFile::copy_to(const std::filesystem::path& path) {
    TRY(make_directories(path.parent_path()));
    TRY_ASSIGN(const auto fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL));
    std::array<char, 65536> buffer{};
    for (std::uint64_t done = 0; done < size_;) {
        const auto n = archive_read_data(inner_, buffer.data(), buffer.size());
        if (n <= 0) {
            return fail(broken(n < 0 ? archives::reason(inner_) : "it ends early"));
        }
        TRY(write_all(fd.get(), std::string_view(buffer.data(), static_cast<std::size_t>(n))),
            "cannot write " + path.string());
        done += static_cast<std::uint64_t>(n);
    }
    return {};
}

Result<> read_package(const std::filesystem::path& package,
                      const PackageVisitor& visitor,
                      const PackageLimits& limits) {
    const auto what = "cannot read the package " + package.string();
    TRY_ASSIGN(const auto fd, open_file(package, O_RDONLY), what);
    const archives::ReadArchive outer(archive_read_new());
    archive_read_support_format_ar(outer.get());
    if (archive_read_open_fd(outer.get(), fd.get(), 65536) != ARCHIVE_OK) {
        return fail(broken("it is not a Debian package").context(what));
    }
    Totals totals;
    bool has_data = false;
    archive_entry* entry = nullptr;
    for (;;) {
        TRY_ASSIGN(const bool more, next(outer.get(), &entry), what);
        if (!more) {
            break;
        }
        const char* raw = archive_entry_pathname(entry);
        const std::string name = raw != nullptr ? raw : "";
        if (name.starts_with("control.tar")) {
            TRY(walk(outer.get(), visitor.control, limits, totals), what);
        } else if (name.starts_with("data.tar")) {
            TRY(walk(outer.get(), visitor.data, limits, totals), what);
            has_data = true;
        }
    }
    if (!has_data) {
        return fail(broken("it is not a Debian package: it has no data archive").context(what));
    }
    return {};
}

} // namespace ktstr::kernels
