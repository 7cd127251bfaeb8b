#include "ktstr-runner/store/decompress.hpp"

#include "ktstr-runner/base/dynamic_library.hpp"
#include "ktstr-runner/base/text.hpp"

#include <archive.h>

#include <array>
#include <memory>

namespace ktstr::store {

namespace {

// The functions of libarchive that are used here. The library is loaded with the first compressed
// module and not with the program: it brings a dozen others, and most tests need no module.
struct Library {
    decltype(&::archive_read_new) archive_read_new = nullptr;
    decltype(&::archive_read_free) archive_read_free = nullptr;
    decltype(&::archive_read_support_format_raw) archive_read_support_format_raw = nullptr;
    decltype(&::archive_read_support_filter_xz) archive_read_support_filter_xz = nullptr;
    decltype(&::archive_read_support_filter_zstd) archive_read_support_filter_zstd = nullptr;
    decltype(&::archive_read_support_filter_gzip) archive_read_support_filter_gzip = nullptr;
    decltype(&::archive_read_open_memory) archive_read_open_memory = nullptr;
    decltype(&::archive_read_next_header) archive_read_next_header = nullptr;
    decltype(&::archive_read_data) archive_read_data = nullptr;
    decltype(&::archive_filter_count) archive_filter_count = nullptr;
    decltype(&::archive_error_string) archive_error_string = nullptr;
};

Result<Library> load() {
    TRY_ASSIGN(const auto loaded,
               DynamicLibrary::load(KTSTR_LIBARCHIVE, "which decompresses modules"));
    Library library;
    TRY(loaded.find("archive_read_new", library.archive_read_new));
    TRY(loaded.find("archive_read_free", library.archive_read_free));
    TRY(loaded.find("archive_read_support_format_raw", library.archive_read_support_format_raw));
    TRY(loaded.find("archive_read_support_filter_xz", library.archive_read_support_filter_xz));
    TRY(loaded.find("archive_read_support_filter_zstd", library.archive_read_support_filter_zstd));
    TRY(loaded.find("archive_read_support_filter_gzip", library.archive_read_support_filter_gzip));
    TRY(loaded.find("archive_read_open_memory", library.archive_read_open_memory));
    TRY(loaded.find("archive_read_next_header", library.archive_read_next_header));
    TRY(loaded.find("archive_read_data", library.archive_read_data));
    TRY(loaded.find("archive_filter_count", library.archive_filter_count));
    TRY(loaded.find("archive_error_string", library.archive_error_string));
    return library;
}

// Once; it stays until the process ends.
const Result<Library>& library() {
    static const Result<Library> loaded = load();
    return loaded;
}

struct FreeArchive {
    void operator()(archive* a) const { library()->archive_read_free(a); }
};

tl::unexpected<Error> broken(archive* a) {
    const char* text = library()->archive_error_string(a);
    return fail(ErrorKind::environment,
                "cannot be decompressed: " + (text != nullptr ? printable(text) : "unreadable"));
}

} // namespace

Result<std::string> decompress(std::string_view bytes, std::size_t limit) {
    std::string out;
    TRY(decompress(bytes, limit, [&](std::string_view piece) {
        out += piece;
        return Result<>{};
    }));
    return out;
}

Result<> decompress(std::string_view bytes,
                    std::size_t limit,
                    const std::function<Result<>(std::string_view)>& sink) {
    TRY(library());
    const auto& lib = *library();
    const std::unique_ptr<archive, FreeArchive> a(lib.archive_read_new());
    lib.archive_read_support_format_raw(a.get());
    lib.archive_read_support_filter_xz(a.get());
    lib.archive_read_support_filter_zstd(a.get());
    lib.archive_read_support_filter_gzip(a.get());
    archive_entry* entry = nullptr;
    if (lib.archive_read_open_memory(a.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
        lib.archive_read_next_header(a.get(), &entry) != ARCHIVE_OK) {
        return broken(a.get());
    }
    if (lib.archive_filter_count(a.get()) < 2) { // the last one is that of no compression
        return fail(ErrorKind::environment, "is not compressed by xz, zstd or gzip");
    }
    std::array<char, 65536> buffer;
    for (std::size_t left = limit;;) {
        const auto n = lib.archive_read_data(a.get(), buffer.data(), buffer.size());
        if (n < 0) {
            return broken(a.get());
        }
        if (n == 0) {
            return {};
        }
        const std::string_view piece(buffer.data(), static_cast<std::size_t>(n));
        if (piece.size() > left) {
            return fail(ErrorKind::environment, "has more than " + human_bytes(limit));
        }
        left -= piece.size();
        TRY(sink(piece));
    }
}

} // namespace ktstr::store
