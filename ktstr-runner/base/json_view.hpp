// JSON that is looked at and not kept: simdjson's tree, which is there in a tenth of the time that
// Json takes. For what is read by the hundred thousand.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

namespace ktstr {

using JsonView = simdjson::dom::element;

// Makes trees, one after the other: a tree and all texts in it are gone with the next.
class JsonParser final {
public:
    // One whole document, nested no deeper than any of ours, or what is wrong with it. Numbers that
    // no 64-bit integer or double is are wrong too.
    Result<JsonView> parse(std::string_view text);

private:
    simdjson::dom::parser parser_;
};

// A value of an object; absent where `json` is no object or has none of that name.
std::optional<JsonView> member(JsonView json, std::string_view key);

std::optional<std::string_view> as_text(JsonView json);
std::optional<std::uint64_t> as_unsigned(JsonView json);
// An integer or a fraction.
std::optional<double> as_number(JsonView json);

// Of the list, or the object, of that name each item, or value; none where there is neither.
template <class Use>
void for_each(std::optional<JsonView> json, std::string_view key, const Use& use) {
    const auto found = json ? member(*json, key) : std::nullopt;
    if (found && found->is_array()) {
        for (const JsonView item : simdjson::dom::array(*found)) {
            use(item);
        }
    } else if (found && found->is_object()) {
        for (const auto [name, item] : simdjson::dom::object(*found)) {
            use(item);
        }
    }
}

// On one line.
std::string print_json(JsonView json);

} // namespace ktstr
