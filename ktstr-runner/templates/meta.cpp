#include "ktstr-runner/templates/meta.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/templates/paths.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace ktstr::templates {

namespace {

constexpr std::size_t largest_meta = 1 << 20;

Result<std::string> digest_of(const std::filesystem::path& path, std::uint64_t size) {
    TRY_ASSIGN(const auto file, open_file(path, O_RDONLY));
    std::vector<std::byte> buffer(size < large_file ? size : digest_bytes);
    std::size_t held = 0;
    while (held < buffer.size()) {
        const auto n = ::read(file.get(), buffer.data() + held, buffer.size() - held);
        if (n < 0) {
            return fail(Error::from_errno(path.string()));
        }
        if (n == 0) {
            break;
        }
        held += static_cast<std::size_t>(n);
    }
    return Sha256().add(std::span<const std::byte>(buffer).first(held)).hex();
}

Result<File> describe(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) {
        return fail(ErrorKind::environment, path.filename().string() + ": " + error.message());
    }
    TRY_ASSIGN(auto digest, digest_of(path, size));
    return File{.name = path.filename().string(), .size = size, .digest = std::move(digest)};
}

Result<> check(const std::filesystem::path& directory, const File& recorded) {
    TRY_ASSIGN(const auto found, describe(directory / recorded.name));
    if (found.size != recorded.size) {
        return fail(
            ErrorKind::environment,
            fmt::format("{} has {} bytes instead of {}", recorded.name, found.size, recorded.size));
    }
    if (found.digest != recorded.digest) {
        return fail(ErrorKind::environment, recorded.name + " is not what was written");
    }
    return {};
}

Meta meta_from(const Json& json) {
    Meta meta{.key = json.at("key").get<std::string>(),
              .machine = json.at("machine").get<std::string>(),
              .topology = json.at("topology").get<std::string>(),
              .memory = json.at("memory").get<std::uint64_t>(),
              .kernel = json.at("kernel").get<std::string>(),
              .kernel_release = json.at("kernel_release").get<std::string>(),
              .setup = json.at("setup").get<std::string>(),
              .made_at = json.at("made_at").get<std::int64_t>(),
              .received = json.at("received").get<std::uint64_t>(),
              .sent = json.at("sent").get<std::uint64_t>()};
    for (const auto& file : json.at("files")) {
        meta.files.push_back({.name = file.at("name").get<std::string>(),
                              .size = file.at("size").get<std::uint64_t>(),
                              .digest = file.at("sha256").get<std::string>()});
    }
    return meta;
}

Result<Meta> parse_meta(std::string_view text) {
    TRY_ASSIGN(const auto json, parse_json(text));
    try {
        if (json.at("format").get<int>() != format) {
            return fail(ErrorKind::environment, "it has another format");
        }
        return meta_from(json);
    } catch (const Json::exception& error) {
        return fail(ErrorKind::environment, error.what());
    }
}

} // namespace

Result<std::vector<File>> describe_files(const std::filesystem::path& directory) {
    std::vector<File> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        TRY_ASSIGN(auto file, describe(entry.path()));
        files.push_back(std::move(file));
    }
    if (error) {
        return fail(ErrorKind::environment, directory.string() + ": " + error.message());
    }
    std::ranges::sort(files, {}, &File::name);
    return files;
}

Result<> write_meta(const std::filesystem::path& directory, const Meta& meta) {
    auto files = Json::array();
    for (const auto& file : meta.files) {
        files.push_back({
            {"name",   file.name  },
            {"size",   file.size  },
            {"sha256", file.digest}
        });
    }
    const Json json{
        {"format",         format                      },
        {"key",            meta.key                    },
        {"machine",        to_utf8(meta.machine)       },
        {"topology",       meta.topology               },
        {"memory",         meta.memory                 },
        {"kernel",         to_utf8(meta.kernel)        },
        {"kernel_release", to_utf8(meta.kernel_release)},
        {"setup",          to_utf8(meta.setup)         },
        {"made_at",        meta.made_at                },
        {"received",       meta.received               },
        {"sent",           meta.sent                   },
        {"files",          files                       }
    };
    TRY_ASSIGN(const auto file,
               open_file(directory / meta_name, O_WRONLY | O_CREAT | O_EXCL, 0600));
    return write_all(file.get(), print_json(json, 1) + "\n");
}

Result<Meta> read_meta(const std::filesystem::path& directory) {
    TRY_ASSIGN(const auto text, read_file(directory / meta_name, largest_meta));
    TRY_ASSIGN(auto meta, parse_meta(text), std::string(meta_name));
    if (meta.key != directory.filename().string()) {
        return fail(ErrorKind::environment, std::string(meta_name) + " is that of " + meta.key);
    }
    for (const auto& file : meta.files) {
        if (!cache::is_plain_name(file.name)) {
            return fail(ErrorKind::environment,
                        std::string(meta_name) + " names a file outside: " + file.name);
        }
        TRY(check(directory, file));
    }
    return meta;
}

} // namespace ktstr::templates
