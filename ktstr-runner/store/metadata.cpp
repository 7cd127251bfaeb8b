#include "ktstr-runner/store/metadata.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/store/modified.hpp"
#include "ktstr-runner/store/module_list.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <exception>

namespace ktstr::store {

namespace {

constexpr std::size_t largest_metadata = std::size_t{64} << 20;

// Names come from a file that anyone may have written: they stay inside the entry.
bool stays_inside(const std::string& name) {
    const std::filesystem::path path(name);
    return !name.empty() && path.is_relative() && path.lexically_normal() == path &&
           *path.begin() != "..";
}

Result<struct stat> regular_file(const std::filesystem::path& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        return fail(Error::from_errno(path.filename().string()));
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorKind::environment, path.filename().string() + " is not a regular file");
    }
    return status;
}

Result<> check_files(const Json& files, Entry& entry) {
    for (const auto& [name, facts] : files.items()) {
        if (!stays_inside(name)) {
            return fail(ErrorKind::environment,
                        "metadata.json names a file outside the entry: " + name);
        }
        TRY_ASSIGN(const auto status, regular_file(entry.directory / name));
        const auto size = static_cast<std::uint64_t>(status.st_size);
        const auto recorded = facts.at("size").get<std::uint64_t>();
        if (size != recorded) {
            return fail(ErrorKind::environment,
                        fmt::format("{} has {} bytes instead of {}", name, size, recorded));
        }
        entry.digests.emplace(name, facts.at("sha256").get<std::string>());
        if (facts.contains("modified")) {
            entry.modified.emplace(name, facts.at("modified").get<std::int64_t>());
        }
        entry.size += size;
    }
    return {};
}

Result<Entry> entry_from(const Json& document, const std::filesystem::path& directory) {
    const auto schema = document.at("schema").get<int>();
    if (schema != metadata_schema) {
        const auto numbers = fmt::format(
            "metadata.json has schema {}, this ktstr reads schema {}", schema, metadata_schema);
        if (schema < metadata_schema) {
            return fail(ErrorKind::environment, numbers);
        }
        return fail(Error(ErrorKind::environment, "it was written by a newer ktstr: " + numbers)
                        .hint("use that ktstr, or another store for this one: KTSTR_CACHE_DIR"));
    }
    Entry entry{
        .key = document.at("key").get<std::string>(),
        .directory = directory,
        .version = document.at("version").get<std::string>(),
        .arch = document.at("arch").get<std::string>(),
        .source = document.at("source").get<std::string>(),
        .made_at = document.at("made_at").get<std::int64_t>(),
        .sched_ext = document.at("sched_ext").get<bool>(),
        .origin = document.value("origin", ""),
        .recipe = document.value("recipe", ""),
        .made_from = document.value("made_from", std::vector<std::string>{}),
        .modules_size = document.value("modules_size", std::uint64_t{0}),
    };
    if (entry.key != directory.filename().string()) {
        return fail(ErrorKind::environment, "metadata.json is that of " + entry.key);
    }
    TRY(check_files(document.at("files"), entry));
    if (!entry.digests.contains("image")) {
        return fail(ErrorKind::environment, "it has no image");
    }
    entry.used_at = cache::used_at(directory / metadata_name);
    entry.image = directory / "image";
    entry.vmlinux =
        entry.digests.contains("vmlinux") ? directory / "vmlinux" : std::filesystem::path{};
    entry.config =
        entry.digests.contains("config") ? directory / "config" : std::filesystem::path{};
    entry.size += entry.modules_size;
    const auto module = entry.digests.lower_bound("modules/"); // as an older ktstr wrote it
    if (entry.digests.contains(module_list_name) ||
        (module != entry.digests.end() && module->first.starts_with("modules/"))) {
        entry.modules = directory / "modules";
    }
    return entry;
}

} // namespace

Result<std::string> metadata_text(const Entry& entry, const std::filesystem::path& directory) {
    Json files = Json::object();
    for (const auto& [name, digest] : entry.digests) {
        TRY_ASSIGN(const auto status, regular_file(directory / name));
        files[to_utf8(name)] = {
            {"sha256",   digest             },
            {"size",     status.st_size     },
            {"modified", modified_ns(status)}
        };
    }
    const Json document = {
        {"schema",       metadata_schema       },
        {"key",          entry.key             },
        {"version",      to_utf8(entry.version)},
        {"arch",         to_utf8(entry.arch)   },
        {"source",       entry.source          },
        {"origin",       to_utf8(entry.origin) },
        {"recipe",       entry.recipe          },
        {"made_at",      entry.made_at         },
        {"sched_ext",    entry.sched_ext       },
        {"made_from",    entry.made_from       },
        {"modules_size", entry.modules_size    },
        {"files",        files                 },
    };
    return print_json(document, 2) + "\n";
}

Result<Entry> load_entry(const std::filesystem::path& directory) {
    TRY_ASSIGN(const auto text,
               read_file(directory / metadata_name, largest_metadata),
               "no usable metadata.json");
    TRY_ASSIGN(const auto document, parse_json(text), "metadata.json");
    try {
        return entry_from(document, directory);
    } catch (const Json::exception& error) {
        return fail(ErrorKind::environment, std::string("metadata.json: ") + error.what());
    }
}

bool is_newer(const std::filesystem::path& directory) {
    const auto text = read_file(directory / metadata_name, largest_metadata);
    const auto document = text ? parse_json(*text) : fail(text.error());
    return document && document->is_object() && document->contains("schema") &&
           document->at("schema").is_number_integer() &&
           document->at("schema").get<std::int64_t>() > metadata_schema;
}

} // namespace ktstr::store
