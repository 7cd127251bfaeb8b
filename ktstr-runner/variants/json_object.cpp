#include "ktstr-runner/variants/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace ktstr::variants {

namespace {

bool all_strings(const Json& json) {
    return std::ranges::all_of(json, [](const Json& item) { return item.is_string(); });
}

} // namespace

JsonObject::JsonObject(const Json& json, std::string where)
    : json_(json), where_(std::move(where)) {
    if (!json_.is_object()) {
        wrong_ = Error(ErrorKind::environment, where_ + " is not a JSON object");
    }
}

bool JsonObject::has(std::string_view key) const {
    return json_.is_object() && json_.contains(key);
}

// What a wrong key says first stays.
void JsonObject::refuse(std::string_view key, const std::string& why) {
    if (!wrong_) {
        wrong_ = Error(ErrorKind::environment, fmt::format("{}: `{}` {}", where_, key, why));
    }
}

const Json* JsonObject::find(std::string_view key) {
    asked_.push_back(key);
    if (!json_.is_object()) {
        return nullptr;
    }
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
}

template <class T, class Is>
void JsonObject::read_as(std::string_view key, T& value, Is is, const char* what) {
    const auto* json = find(key);
    if (json == nullptr) {
        return;
    }
    if (!is(*json)) {
        refuse(key, std::string("is not ") + what);
        return;
    }
    value = json->get<T>();
}

void JsonObject::read(std::string_view key, std::string& value) {
    read_as(key, value, [](const Json& json) { return json.is_string(); }, "a string");
}

template <class T> void JsonObject::read_optional(std::string_view key, std::optional<T>& value) {
    if (has(key)) {
        read(key, value.emplace());
    } else {
        asked_.push_back(key);
    }
}

void JsonObject::read(std::string_view key, std::optional<std::string>& value) {
    read_optional(key, value);
}

void JsonObject::read(std::string_view key, std::optional<unsigned>& value) {
    read_optional(key, value);
}

void JsonObject::read(std::string_view key, bool& value) {
    read_as(key, value, [](const Json& json) { return json.is_boolean(); }, "true or false");
}

void JsonObject::read(std::string_view key, std::uint64_t& value) {
    read_as(
        key,
        value,
        [](const Json& json) { return json.is_number_unsigned(); },
        "a whole number of 0 or more");
}

void JsonObject::read(std::string_view key, std::int64_t& value) {
    auto wide = static_cast<std::uint64_t>(value);
    read(key, wide);
    if (std::in_range<std::int64_t>(wide)) {
        value = static_cast<std::int64_t>(wide);
    } else {
        refuse(key, "is too large");
    }
}

void JsonObject::read(std::string_view key, unsigned& value) {
    std::uint64_t wide = value;
    read(key, wide);
    if (std::in_range<unsigned>(wide)) {
        value = static_cast<unsigned>(wide);
    } else {
        refuse(key, "is too large");
    }
}

void JsonObject::read(std::string_view key, std::vector<std::string>& value) {
    read_as(
        key,
        value,
        [](const Json& json) { return json.is_array() && all_strings(json); },
        "an array of strings");
}

void JsonObject::read(std::string_view key, std::map<std::string, std::string>& value) {
    read_as(
        key,
        value,
        [](const Json& json) { return json.is_object() && all_strings(json); },
        "an object of strings");
}

void JsonObject::read(std::string_view key, const Reader& reader) {
    const auto* json = find(key);
    if (json == nullptr) {
        return;
    }
    auto read = reader(*json, fmt::format("{}.{}", where_, key));
    if (!read && !wrong_) {
        wrong_ = std::move(read).error();
    }
}

void JsonObject::read_each(std::string_view key, const Reader& reader) {
    read(key, [&](const Json& array, const std::string& where) -> Result<> {
        if (!array.is_array()) {
            return fail(ErrorKind::environment, where + " is not an array");
        }
        for (std::size_t i = 0; i < array.size(); ++i) {
            TRY(reader(array[i], fmt::format("{}[{}]", where, i)));
        }
        return {};
    });
}

void JsonObject::require(std::string_view key) {
    if (!has(key)) {
        refuse(key, "is missing");
    }
}

Result<> JsonObject::done() {
    if (wrong_) {
        return fail(std::move(*wrong_));
    }
    for (const auto& [key, value] : json_.items()) {
        if (std::ranges::find(asked_, key) == asked_.end()) {
            return fail(ErrorKind::environment, fmt::format("{}: `{}` is not known", where_, key));
        }
    }
    return {};
}

} // namespace ktstr::variants
