#include "cargo-ktstr/remote/entry_facts.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/store/metadata.hpp"

#include <fmt/format.h>

namespace ktstr::remote {

namespace {

constexpr std::size_t longest = 64 << 20;

Result<store::Entry> facts_of(const Json& document) {
    if (const auto schema = document.at("schema").get<int>(); schema != store::metadata_schema) {
        return fail(ErrorKind::environment,
                    fmt::format("metadata.json has schema {}, this ktstr reads schema {}",
                                schema,
                                store::metadata_schema));
    }
    return store::Entry{.key = document.at("key").get<std::string>(),
                        .version = document.at("version").get<std::string>(),
                        .arch = document.at("arch").get<std::string>(),
                        .source = document.at("source").get<std::string>(),
                        .origin = document.value("origin", ""),
                        .made_from = document.value("made_from", std::vector<std::string>{})};
}

} // namespace

Result<store::Entry> take_facts(const std::filesystem::path& directory) {
    const auto path = directory / store::metadata_name;
    TRY_ASSIGN(const auto text, read_file(path, longest));
    TRY_ASSIGN(const auto document, parse_json(text), "metadata.json");
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) {
        return fail(ErrorKind::environment, "remove " + path.string() + ": " + error.message());
    }
    try {
        return facts_of(document);
    } catch (const Json::exception& wrong) {
        return fail(ErrorKind::environment, std::string("metadata.json: ") + wrong.what());
    }
}

} // namespace ktstr::remote
