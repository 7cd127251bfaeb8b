#include "guest/workload/fields.hpp"

#include "guest/workload/nearest.hpp"

#include <algorithm>
#include <cmath>

namespace ktstr::workload {

std::string shown(const Json& value) {
    constexpr std::size_t longest = 64;
    auto text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > longest) {
        text = text.substr(0, longest) + "...";
    }
    return text;
}

namespace {

std::string plain(double value) {
    return shown(value == std::floor(value) && std::abs(value) < 1e15
                     ? Json(static_cast<std::int64_t>(value))
                     : Json(value));
}

} // namespace

std::uint64_t
to_integer(const Json& value, const std::string& path, std::uint64_t least, std::uint64_t most) {
    const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() >= least &&
                      value.get<std::uint64_t>() <= most;
    if (!fits) {
        throw BadField(path,
                       shown(value) + " is no integer from " + std::to_string(least) + " to " +
                           std::to_string(most));
    }
    return value.get<std::uint64_t>();
}

double to_number(const Json& value, const std::string& path, Range range) {
    const auto number = value.is_number() ? value.get<double>() : std::nan("");
    if (std::isnan(number) || number < range.least || number > range.most) {
        throw BadField(path,
                       shown(value) + " is no number from " + plain(range.least) + " to " +
                           plain(range.most));
    }
    return number;
}

std::string to_text(const Json& value, const std::string& path, std::size_t longest) {
    if (!value.is_string()) {
        throw BadField(path, shown(value) + " is no string");
    }
    auto text = value.get<std::string>();
    if (text.size() > longest) {
        throw BadField(path,
                       shown(value) + " is longer than " + std::to_string(longest) + " bytes");
    }
    if (text.find('\0') != std::string::npos || text.find('\n') != std::string::npos) {
        throw BadField(path, shown(value) + " has a NUL or an end of line in it");
    }
    return text;
}

const Json& to_array(const Json& value, const std::string& path, std::size_t most) {
    if (!value.is_array()) {
        throw BadField(path, shown(value) + " is no array");
    }
    if (value.size() > most) {
        throw BadField(path,
                       "has " + std::to_string(value.size()) + " elements, more than " +
                           std::to_string(most));
    }
    return value;
}

std::vector<unsigned> to_numbers(const Json& value, const std::string& path, unsigned most) {
    std::vector<unsigned> numbers;
    for (const auto& element : to_array(value, path, most + 1)) {
        numbers.push_back(static_cast<unsigned>(to_integer(element, path, 0, most)));
    }
    if (numbers.empty()) {
        throw BadField(path, "is empty");
    }
    return numbers;
}

Fields::Fields(const Json& value, std::string path) : value_(&value), path_(std::move(path)) {
    if (!value.is_object()) {
        throw BadField(path_, shown(value) + " is no object");
    }
}

std::string Fields::path_of(std::string_view name) const {
    return (path_.empty() ? "" : path_ + ".") + std::string(name);
}

const Json* Fields::find(std::string_view name) {
    asked_.push_back(name);
    const auto found = value_->find(name);
    return found == value_->end() || found->is_null() ? nullptr : &*found;
}

const Json& Fields::need(std::string_view name) {
    const auto* const found = find(name);
    if (found == nullptr) {
        throw BadField(path_of(name), "is missing");
    }
    return *found;
}

std::optional<std::uint64_t>
Fields::integer(std::string_view name, std::uint64_t least, std::uint64_t most) {
    const auto* const value = find(name);
    return value == nullptr ? std::nullopt
                            : std::optional(to_integer(*value, path_of(name), least, most));
}

std::optional<double> Fields::number(std::string_view name, Range range) {
    const auto* const value = find(name);
    return value == nullptr ? std::nullopt : std::optional(to_number(*value, path_of(name), range));
}

std::optional<bool> Fields::boolean(std::string_view name) {
    const auto* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_boolean()) {
        throw BadField(path_of(name), shown(*value) + " is neither true nor false");
    }
    return value->get<bool>();
}

std::string Fields::text(std::string_view name, std::size_t longest) {
    const auto* const value = find(name);
    return value == nullptr ? std::string() : to_text(*value, path_of(name), longest);
}

void Fields::no_others() const {
    for (const auto& [name, value] : value_->items()) {
        if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
            throw BadField(path_of(name.substr(0, 64)), none_of(name, asked_));
        }
    }
}

Tagged to_tagged(const Json& value, const std::string& path) {
    if (value.is_string()) {
        return {.name = value.get<std::string>(), .value = nullptr};
    }
    if (value.is_object() && value.size() == 1) {
        return {.name = value.begin().key(), .value = value.begin().value()};
    }
    throw BadField(path, shown(value) + " is neither \"name\" nor {\"name\": value}");
}

std::string none_of(std::string_view name, std::span<const std::string_view> known) {
    const auto near = nearest(name, known);
    auto text = shown(Json(std::string(name))) + " is unknown";
    if (!near.empty()) {
        return text + " (did you mean \"" + std::string(near) + "\"?)";
    }
    text += " (known:";
    for (const auto candidate : known) {
        text += " " + std::string(candidate);
    }
    return text + ")";
}

} // namespace ktstr::workload
