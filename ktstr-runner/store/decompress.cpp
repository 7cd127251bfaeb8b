#include "ktstr-runner/store/decompress.hpp"

#include "ktstr-runner/base/text.hpp"

#include <archive.h>

#include <dlfcn.h>

#include <array>
#include <memory>

namespace ktstr::store {

namespace {

// The functions of libarchive that are used here. The library is loaded with the first compressed
// module and not with the program: it brings a dozen others, and most tests need no module.
#define KTSTR_ARCHIVE_FUNCTIONS(apply)                                                             \
    apply(archive_read_new);                                                                       \
    apply(archive_read_free);                                                                      \
    apply(archive_read_support_format_raw);                                                        \
    apply(archive_read_support_filter_xz);                                                         \
    apply(archive_read_support_filter_zstd);                                                       \
    apply(archive_read_support_filter_gzip);                                                       \
    apply(archive_read_open_memory);                                                               \
    apply(archive_read_next_header);                                                               \
    apply(archive_read_data);                                                                      \
    apply(archive_filter_count);                                                                   \
    apply(archive_error_string)

struct Library {
#define KTSTR_ARCHIVE_MEMBER(name) decltype(&::name) name = nullptr
    KTSTR_ARCHIVE_FUNCTIONS(KTSTR_ARCHIVE_MEMBER);
#undef KTSTR_ARCHIVE_MEMBER
};

tl::unexpected<Error> cannot_load() {
    const char* const why = ::dlerror();
    return fail(Error(ErrorKind::environment, why != nullptr ? why : "a function is missing")
                    .context("cannot load libarchive, which decompresses modules")
                    .hint("install the version that ktstr was built with: " KTSTR_LIBARCHIVE));
}

Result<Library> load() {
    void* const handle = ::dlopen(KTSTR_LIBARCHIVE, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        return cannot_load();
    }
    Library library;
    // Functions are found as dlsym(3) has it, which POSIX allows and C++ leaves to it.
#define KTSTR_ARCHIVE_FIND(name)                                                                   \
    library.name = reinterpret_cast<decltype(library.name)>(::dlsym(handle, #name));               \
    if (library.name == nullptr) {                                                                 \
        return cannot_load();                                                                      \
    }
    KTSTR_ARCHIVE_FUNCTIONS(KTSTR_ARCHIVE_FIND);
#undef KTSTR_ARCHIVE_FIND
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
                "cannot be decompressed: " + (text != nullptr ? to_utf8(text) : "unreadable"));
}

} // namespace

Result<std::string> decompress(std::string_view bytes, std::size_t limit) {
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
    std::string out;
    std::array<char, 65536> buffer;
    for (;;) {
        const auto n = lib.archive_read_data(a.get(), buffer.data(), buffer.size());
        if (n < 0) {
            return broken(a.get());
        }
        if (n == 0) {
            return out;
        }
        if (static_cast<std::size_t>(n) > limit - out.size()) {
            return fail(ErrorKind::environment, "has more than " + human_bytes(limit));
        }
        out.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

} // namespace ktstr::store
