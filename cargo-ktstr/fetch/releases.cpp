#include "cargo-ktstr/fetch/releases.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::fetch {

namespace {

constexpr std::size_t most_rows = 1000;
constexpr std::size_t shown = 40;

const Json* member(const Json& object, const char* name) {
    const auto at = object.find(name);
    return at == object.end() ? nullptr : &*at;
}

std::string text_of(const Json& object, const char* name) {
    const auto* value = member(object, name);
    return value != nullptr && value->is_string() ? printable(value->get_ref<const std::string&>())
                                                  : std::string();
}

Error unusable(const std::string& why) {
    return Error(ErrorKind::environment, why)
        .hint("KTSTR_KERNEL_MIRROR, when set, must have a releases.json like that of "
              "www.kernel.org; without it, look for a proxy that answers in kernel.org's place");
}

} // namespace

Result<std::vector<Release>> parse_releases(std::string_view json) {
    if (json.size() > most_releases_bytes) {
        return fail(unusable("the list of releases is larger than it could be"));
    }
    const auto begin = trim(json).substr(0, shown);
    if (!begin.starts_with('{')) {
        return fail(unusable(fmt::format("the list of releases is not JSON, it begins with `{}`",
                                         trim(printable(begin)))));
    }
    TRY_ASSIGN(const auto document, parse_json(json), "cannot read the list of releases");
    const auto* rows = member(document, "releases");
    if (rows == nullptr || !rows->is_array()) {
        return fail(unusable("the list of releases has no array `releases`"));
    }
    if (rows->size() > most_rows) {
        return fail(unusable(fmt::format("the list of releases has {} rows", rows->size())));
    }
    std::vector<Release> out;
    for (const auto& row : *rows) {
        const auto version =
            Version::parse(row.is_object() ? text_of(row, "version") : std::string());
        if (!version) {
            continue;
        }
        const auto* over = member(row, "iseol");
        const auto* released = member(row, "released");
        out.push_back({.moniker = text_of(row, "moniker"),
                       .version = *version,
                       .end_of_life = over != nullptr && over->is_boolean() && over->get<bool>(),
                       .source = text_of(row, "source"),
                       .released = released != nullptr && released->is_object()
                                       ? text_of(*released, "isodate")
                                       : std::string()});
    }
    return out;
}

} // namespace ktstr::fetch
