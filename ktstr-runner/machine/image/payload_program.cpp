// Payload's programs: which files one needs to start.
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/image/library_search.hpp"
#include "ktstr-runner/machine/image/payload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::machine {

namespace {

constexpr int max_interpreters = 4; // BINPRM limits a chain of scripts likewise
constexpr const char* cache_path = "/etc/ld.so.cache";

// glibc opens it by itself, named by no DT_NEEDED: pthread_exit, thread cancellation and backtrace
// abort without it.
constexpr std::array opened_by_libc{"libgcc_s.so.1"};

std::string_view head_of(Bytes file) {
    constexpr std::size_t kernel_reads = 256; // BINPRM_BUF_SIZE
    return {reinterpret_cast<const char*>(file.data()), std::min(file.size(), kernel_reads)};
}

Error other_architecture(const std::filesystem::path& path, const ElfTarget& target) {
    return Error(ErrorKind::environment,
                 fmt::format("{} is for {}, the machine is {}",
                             path.string(),
                             target.name(),
                             ElfTarget::ours().name()))
        .hint("build it for this machine's target");
}

Error missing_library(const std::string& name,
                      const LoadedObject& requester,
                      const FoundLibrary& found) {
    auto text = fmt::format(
        "cannot find the shared library {}, which {} needs", name, requester.path.string());
    for (const auto& reason : found.unfit) {
        text += "; " + reason;
    }
    return Error(ErrorKind::environment, std::move(text))
        .hint(fmt::format("install it, or put its directory into LD_LIBRARY_PATH; `ldd {}` shows "
                          "what ld.so finds",
                          shell_quote(requester.path.string())));
}

Result<LoadedObject> load(const std::filesystem::path& path, std::size_t loader) {
    TRY_ASSIGN(const auto file, MappedFile::open(path));
    TRY_ASSIGN(const auto elf, Elf::parse(file.bytes()), "cannot read " + path.string());
    TRY_ASSIGN(auto dynamic, elf.dynamic(), "cannot read " + path.string());
    return LoadedObject{.path = path, .dynamic = std::move(dynamic), .loader = loader};
}

// `env NAME`, `env -S NAME ARGS`: the program that a script really runs, absent when it is not
// env's kind of line.
std::optional<std::string> program_of_env(std::string_view arguments) {
    for (const auto& word : split(arguments, ' ')) {
        if (!word.empty() && word[0] != '-' && word.find('=') == std::string::npos) {
            return word;
        }
    }
    return std::nullopt;
}

} // namespace

Result<> Payload::add_program(const std::filesystem::path& path, const std::string& library_path) {
    TRY(add_program_at(path, library_path, 0),
        "cannot take the program " + path.string() + " along");
    return {};
}

Result<> Payload::add_program_at(const std::filesystem::path& given,
                                 const std::string& library_path,
                                 int depth) {
    auto path = given;
    if (path.string().find('/') == std::string::npos) {
        const auto found = find_program(path.string());
        if (!found) {
            return fail(
                Error(ErrorKind::environment, "there is no program " + path.string() + " in $PATH")
                    .hint("install it, or give its path"));
        }
        path = *found;
    }
    if (programs_.contains(path)) {
        return {};
    }
    TRY(add_file(path));
    std::error_code error;
    const auto real = std::filesystem::canonical(path, error);
    const auto permissions = std::filesystem::status(real, error).permissions();
    if (error) {
        return fail(ErrorKind::environment, path.string() + ": " + error.message());
    }
    using std::filesystem::perms;
    if ((permissions & (perms::owner_exec | perms::group_exec | perms::others_exec)) ==
        perms::none) {
        return fail(Error(ErrorKind::environment, path.string() + " is not executable")
                        .hint("chmod +x " + shell_quote(path.string())));
    }
    TRY_ASSIGN(const auto file, MappedFile::open(real));
    const auto head = head_of(file.bytes());
    if (head.starts_with("#!")) {
        TRY(add_script(head, library_path, depth), path.string() + " is a script");
    } else if (const auto target = elf_target(file.bytes()); !target) {
        return fail(Error(ErrorKind::environment,
                          path.string() + (file.bytes().empty()
                                               ? " is empty"
                                               : " is neither an ELF program nor a script"))
                        .hint("a script begins with #! and the path of its interpreter"));
    } else if (*target != ElfTarget::ours()) {
        return fail(other_architecture(path, *target));
    } else {
        TRY(add_libraries(real, library_path));
        if (!debug_information_) {
            TRY(shrink(real));
        }
    }
    programs_.insert(path);
    return {};
}

Result<> Payload::shrink(const std::filesystem::path& real) {
    TRY_ASSIGN(const auto file, MappedFile::open(real));
    auto pieces = without_debug_information(file.bytes());
    const auto* whole = archive_.find(real.relative_path().string());
    if (!pieces || whole == nullptr) {
        return {};
    }
    auto item = *whole;
    std::uint64_t size = 0;
    for (const auto& piece : *pieces) {
        size += piece.text.empty() ? piece.size : piece.text.size();
    }
    item.entry.size = static_cast<std::uint32_t>(size);
    item.content = Archive::Pieced{
        .path = real, .file_size = file.bytes().size(), .pieces = std::move(*pieces)};
    return archive_.add(std::move(item));
}

Result<> Payload::add_script(std::string_view head, const std::string& library_path, int depth) {
    if (depth >= max_interpreters) {
        return fail(ErrorKind::environment, "too many interpreters that are scripts themselves");
    }
    const auto line = trim(head.substr(2, head.find('\n') - 2));
    const auto space = std::min(line.find_first_of(" \t"), line.size());
    const std::filesystem::path interpreter = line.substr(0, space);
    if (interpreter.empty()) {
        return fail(ErrorKind::environment, "its first line names no interpreter");
    }
    TRY(add_program_at(interpreter, library_path, depth + 1),
        "its interpreter " + interpreter.string());
    if (interpreter.filename() == "env") {
        if (const auto program = program_of_env(line.substr(space))) {
            TRY(add_program_at(*program, library_path, depth + 1), "its interpreter " + *program);
        }
    }
    return {};
}

Result<> Payload::add_libraries(const std::filesystem::path& path,
                                const std::string& library_path) {
    {
        TRY_ASSIGN(const auto file, MappedFile::open(path));
        TRY_ASSIGN(const auto elf, Elf::parse(file.bytes()), "cannot read " + path.string());
        const auto interpreter = elf.interpreter();
        if (!interpreter) {
            return {}; // static
        }
        if (auto added = add_file(*interpreter); !added) {
            return fail(std::move(added)
                            .error()
                            .context(path.string() + " needs the dynamic loader " + *interpreter)
                            .hint("it was built for another system; build it here, or statically"));
        }
    }
    const auto cache = read_file(cache_path);
    if (cache) {
        TRY(add_file(
            cache_path)); // the guest's ld.so looks there for what is not in a default directory
    }
    const LibrarySearch search(library_path, cache ? *cache : std::string{});

    std::vector<LoadedObject> objects;
    std::set<std::string> known; // by the name in DT_NEEDED and by DT_SONAME, as ld.so does
    TRY_ASSIGN(auto program, load(path, 0));
    objects.push_back(std::move(program));
    const auto take = [&](const FoundLibrary& found, std::size_t requester) -> Result<> {
        for (const auto& library : found.paths) {
            TRY(add_file(library));
            TRY_ASSIGN(auto object, load(library, requester));
            known.insert(object.dynamic.soname);
            objects.push_back(std::move(object));
        }
        return {};
    };
    for (std::size_t i = 0; i < objects.size(); ++i) {
        for (const auto& name : std::vector(objects[i].dynamic.needed)) { // objects grows meanwhile
            if (!known.insert(name).second) {
                continue;
            }
            const auto found = search.find(name, objects, i);
            if (found.paths.empty()) {
                return fail(missing_library(name, objects[i], found));
            }
            TRY(take(found, i));
        }
        if (i + 1 == objects.size() && known.contains("libc.so.6")) {
            for (const auto* name : opened_by_libc) {
                if (known.insert(name).second) {
                    TRY(take(search.find(name, objects, 0), 0));
                }
            }
        }
    }
    return {};
}

} // namespace ktstr::machine
