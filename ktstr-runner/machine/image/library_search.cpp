#include "ktstr-runner/machine/image/library_search.hpp"

#include "ktstr-runner/base/mapped_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <type_traits>

namespace ktstr::machine {

namespace {

#if defined(__x86_64__)
constexpr std::int32_t cache_flags = 0x0303; // FLAG_X8664_LIB64 | FLAG_ELF_LIBC6
constexpr std::array default_directories{"/lib/x86_64-linux-gnu",
                                         "/usr/lib/x86_64-linux-gnu",
                                         "/lib64",
                                         "/usr/lib64",
                                         "/lib",
                                         "/usr/lib"};
#else
constexpr std::int32_t cache_flags = 0x0A03; // FLAG_AARCH64_LIB64 | FLAG_ELF_LIBC6
constexpr std::array default_directories{"/lib/aarch64-linux-gnu",
                                         "/usr/lib/aarch64-linux-gnu",
                                         "/lib64",
                                         "/usr/lib64",
                                         "/lib",
                                         "/usr/lib"};
#endif

// glibc: sysdeps/generic/dl-cache.h, the format "1.1" (since 2.2; the only one that ldconfig writes
// since 2.32).
struct CacheHeader {
    char magic[20];                 //  0 "glibc-ld.so.cache" "1.1"
    std::uint32_t count = 0;        // 20
    std::uint32_t strings_size = 0; // 24
    std::uint8_t flags = 0;         // 28
    std::uint8_t unused_1[3];       // 29
    std::uint32_t extension = 0;    // 32
    std::uint32_t unused_2[3];      // 36
};

static_assert(sizeof(CacheHeader) == 48);

struct CacheRecord {
    std::int32_t flags = 0;  //  0
    std::uint32_t name = 0;  //  4 offsets from the header's begin
    std::uint32_t path = 0;  //  8
    std::uint32_t os = 0;    // 12
    std::uint64_t hwcap = 0; // 16
};

static_assert(sizeof(CacheRecord) == 24);

constexpr std::string_view cache_magic = "glibc-ld.so.cache1.1";

template <class T> std::optional<T> read_at(std::string_view bytes, std::size_t offset) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::string text_at(std::string_view bytes, std::size_t offset) {
    const auto rest = offset < bytes.size() ? bytes.substr(offset) : std::string_view{};
    return std::string(rest.substr(0, rest.find('\0')));
}

// Colons, or semicolons as LD_LIBRARY_PATH may have. An empty part means the working directory,
// which in the guest is another one at the time of loading: left out.
std::vector<std::string> directories_of(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(":;"), list.size());
        if (end > 0) {
            out.emplace_back(list.substr(0, end));
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return out;
}

std::string expand_origin(std::string text, const std::filesystem::path& object) {
    const auto origin = object.parent_path().string();
    for (const std::string_view token : {"$ORIGIN", "${ORIGIN}"}) {
        for (auto at = text.find(token); at != std::string::npos;
             at = text.find(token, at + origin.size())) {
            text.replace(at, token.size(), origin);
        }
    }
    return text;
}

std::vector<std::string> search_path(const std::string& list, const LoadedObject& object) {
    auto out = directories_of(list);
    for (auto& directory : out) {
        directory = expand_origin(directory, object.path);
    }
    return out;
}

// True when ld.so would take it; else `found` may learn why not.
bool fits(const std::filesystem::path& path, FoundLibrary& found) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return false;
    }
    const auto file = MappedFile::open(path);
    if (!file) {
        found.unfit.push_back(file.error().one_line());
        return false;
    }
    const auto target = elf_target(file->bytes());
    if (target && *target == ElfTarget::ours()) {
        return true;
    }
    found.unfit.push_back(path.string() +
                          (target ? " is for " + target->name() : " is not an ELF file"));
    return false;
}

bool try_directory(const std::string& directory, const std::string& name, FoundLibrary& found) {
    const auto path = std::filesystem::path(directory) / name;
    if (fits(path, found)) {
        found.paths.push_back(path);
    }
    std::error_code error;
    for (const auto& variant : std::filesystem::directory_iterator(
             std::filesystem::path(directory) / "glibc-hwcaps", error)) {
        if (fits(variant.path() / name, found)) {
            found.paths.push_back(variant.path() / name);
        }
    }
    return !found.paths.empty();
}

bool try_directories(const std::vector<std::string>& directories,
                     const std::string& name,
                     FoundLibrary& found) {
    return std::ranges::any_of(directories, [&](const std::string& directory) {
        return try_directory(directory, name, found);
    });
}

} // namespace

LibrarySearch::LibrarySearch(std::string_view library_path, std::string_view cache)
    : library_path_(directories_of(library_path)) {
    read_cache(cache);
}

void LibrarySearch::read_cache(std::string_view cache) {
    // Older ldconfigs put a table of the format before this one in front.
    const auto begin = cache.find(cache_magic);
    if (begin == std::string_view::npos) {
        return;
    }
    cache.remove_prefix(begin);
    const auto header = read_at<CacheHeader>(cache, 0);
    for (std::size_t i = 0; header && i < header->count; ++i) {
        const auto record =
            read_at<CacheRecord>(cache, sizeof(CacheHeader) + i * sizeof(CacheRecord));
        if (!record) {
            break;
        }
        if (record->flags == cache_flags) {
            cache_.push_back({.name = text_at(cache, record->name),
                              .path = text_at(cache, record->path),
                              .plain = record->hwcap == 0});
        }
    }
}

FoundLibrary LibrarySearch::find(const std::string& name,
                                 const std::vector<LoadedObject>& objects,
                                 std::size_t requester) const {
    const auto& object = objects[requester];
    FoundLibrary found;
    if (name.find('/') != std::string::npos) {
        const auto path = expand_origin(name, object.path);
        if (fits(path, found)) {
            found.paths.emplace_back(path);
        }
        return found;
    }
    // DT_RPATH of the requester and of those who brought it; switched off by a DT_RUNPATH of its
    // own.
    for (auto at = requester; object.dynamic.runpath.empty();) {
        const auto& link = objects[at];
        if (link.dynamic.runpath.empty() &&
            try_directories(search_path(link.dynamic.rpath, link), name, found)) {
            return found;
        }
        if (at == link.loader) {
            break;
        }
        at = link.loader;
    }
    if (try_directories(library_path_, name, found) ||
        try_directories(search_path(object.dynamic.runpath, object), name, found)) {
        return found;
    }
    for (const auto wanted : {true, false}) {
        for (const auto& entry : cache_) {
            if (entry.plain == wanted && entry.name == name && fits(entry.path, found)) {
                found.paths.push_back(entry.path);
            }
        }
    }
    if (!found.paths.empty()) {
        return found;
    }
    try_directories({default_directories.begin(), default_directories.end()}, name, found);
    return found;
}

} // namespace ktstr::machine
