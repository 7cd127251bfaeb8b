#include "cargo-ktstr/remote/manifest.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::remote {

namespace {

constexpr int schema = 1;
constexpr std::size_t longest_name = 1024;
constexpr std::size_t longest_part = 255;

Error broken(std::string text) {
    return Error(ErrorKind::environment, std::move(text));
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

Result<Manifest> files_of(const Json& document, const ArchiveLimits& limits) {
    if (const auto number = document.at("schema").get<int>(); number != schema) {
        return fail(broken(
            fmt::format("the manifest has schema {}, this ktstr reads schema {}", number, schema)));
    }
    const auto& files = document.at("files");
    if (!files.is_array() || files.size() > limits.files) {
        return fail(broken(fmt::format("the manifest has more than {} files", limits.files)));
    }
    Manifest out;
    std::uint64_t left = limits.bytes;
    for (const auto& file : files) {
        const auto name = file.at("name").get<std::string>();
        const ManifestFile facts{.size = file.at("size").get<std::uint64_t>(),
                                 .sha256 = file.at("sha256").get<std::string>()};
        if (!is_member_name(name) || name == manifest_name || !is_sha256(facts.sha256)) {
            return fail(broken("the manifest has a file of a bad name or digest: " + name));
        }
        if (facts.size > left) {
            return fail(broken("the manifest has more than " + human_bytes(limits.bytes)));
        }
        left -= facts.size;
        if (!out.emplace(name, facts).second) {
            return fail(broken("the manifest has a file twice: " + name));
        }
    }
    return out;
}

} // namespace

bool is_member_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name || name.find('\0') != std::string_view::npos) {
        return false;
    }
    return std::ranges::none_of(split(name, '/'), [](const std::string& part) {
        return part.empty() || part == "." || part == ".." || part.size() > longest_part;
    });
}

std::string manifest_text(const Manifest& manifest) {
    auto files = Json::array();
    for (const auto& [name, facts] : manifest) {
        files.push_back({
            {"name",   name        },
            {"size",   facts.size  },
            {"sha256", facts.sha256}
        });
    }
    const Json document{
        {"schema", schema          },
        {"files",  std::move(files)}
    };
    return print_json(document) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text, const ArchiveLimits& limits) {
    TRY_ASSIGN(const auto document, parse_json(text), "the manifest");
    try {
        return files_of(document, limits);
    } catch (const Json::exception& error) {
        return fail(broken(std::string("the manifest: ") + error.what()));
    }
}

} // namespace ktstr::remote
