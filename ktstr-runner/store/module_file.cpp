#include "ktstr-runner/store/module_file.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/scratch_file.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/decompress.hpp"
#include "ktstr-runner/store/modules.hpp"

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t list_limit = std::size_t{16} << 20;
constexpr std::size_t module_limit = std::size_t{256} << 20;

Result<> has_modules(const Entry& entry) {
    if (entry.directory.empty()) {
        return fail(
            Error(ErrorKind::usage, "it is a file; modules are kept with kernels of the store")
                .hint("import its packages with `cargo ktstr kernel build --deb ...`, and "
                      "name it by its key"));
    }
    if (entry.modules.empty()) {
        return fail(Error(ErrorKind::usage, "it was made without modules")
                        .hint("import it together with its package linux-modules-*, or take a "
                              "kernel that has them built in"));
    }
    return {};
}

Result<std::vector<ModuleFile>> files_of(const Entry& entry, std::span<const std::string> names) {
    TRY(has_modules(entry));
    const auto folder = entry.modules / entry.version;
    std::error_code ignored;
    if (!fs::exists(folder / "modules.dep", ignored)) {
        return fail(
            Error(ErrorKind::environment, "it has no list of what its modules need")
                .hint("remove " + entry.directory.string() + " and import its packages again"));
    }
    TRY_ASSIGN(const auto dep, read_file(folder / "modules.dep", list_limit));
    std::string built_in;
    if (fs::exists(folder / "modules.builtin", ignored)) {
        TRY_ASSIGN(built_in, read_file(folder / "modules.builtin", list_limit));
    }
    TRY_ASSIGN(const auto modules, Modules::parse(dep, built_in));
    TRY_ASSIGN(const auto paths, modules.load_order(names));
    std::vector<ModuleFile> files;
    for (const auto& path : paths) {
        files.push_back(
            {.file = folder / path,
             .place = fs::path("/lib/modules") / entry.version / without_compression(path)});
    }
    return files;
}

bool is_compressed(const fs::path& file) {
    return without_compression(file.native()) != file.native();
}

} // namespace

Result<std::vector<ModuleFile>> find_modules(const Entry& entry,
                                             std::span<const std::string> names) {
    const auto& kernel = entry.directory.empty() ? entry.origin : entry.key;
    TRY_ASSIGN(auto files, files_of(entry, names), "no modules of the kernel " + to_utf8(kernel));
    return files;
}

Result<std::string> read_module(const fs::path& file) {
    if (!is_compressed(file)) {
        return read_file(file, module_limit);
    }
    TRY_ASSIGN(const auto packed, MappedFile::open(file));
    TRY_ASSIGN(auto module, decompress(packed.text(), module_limit), file.string());
    return module;
}

Result<MappedFile> map_module(const fs::path& file, const fs::path& scratch) {
    TRY_ASSIGN(auto packed, MappedFile::open(file));
    if (!is_compressed(file)) {
        return packed;
    }
    TRY_ASSIGN(const auto into, scratch_file(scratch));
    TRY(decompress(packed.text(),
                   module_limit,
                   [&](std::string_view piece) { return write_all(into.get(), piece); }),
        file.string());
    return MappedFile::of(into, file.string());
}

} // namespace ktstr::store
