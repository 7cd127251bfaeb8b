#include "ktstr-runner/config/toml_file.hpp"

#include "ktstr-runner/base/mapped_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace ktstr::config {

namespace {

using FileName = std::shared_ptr<const std::string>;

std::string place(const FileName& file, unsigned line, unsigned column) {
    return fmt::format("{}:{}:{}", file ? *file : "(no file)", line, column);
}

TomlNode convert(const toml::node& from, const FileName& file) {
    TomlNode to;
    to.file = file;
    to.line = from.source().begin.line;
    to.column = from.source().begin.column;
    if (const auto* table = from.as_table()) {
        to.type = TomlType::table;
        for (const auto& [key, value] : *table) {
            auto& [name, child] =
                to.fields.emplace_back(std::string(key.str()), convert(value, file));
            child.key_line = key.source().begin.line;
            child.key_column = key.source().begin.column;
        }
        std::ranges::sort(to.fields, {}, &TomlNode::Field::first);
    } else if (const auto* array = from.as_array()) {
        to.type = TomlType::array;
        for (const auto& item : *array) {
            to.items.push_back(convert(item, file));
        }
    } else if (const auto* text = from.as_string()) {
        to.type = TomlType::string;
        to.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        to.type = TomlType::integer;
        to.integer = integer->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to.type = TomlType::boolean;
        to.boolean = boolean->get();
    } else {
        to.type = from.is_floating_point() ? TomlType::floating : TomlType::date;
    }
    return to;
}

} // namespace

std::string_view name_of(TomlType type) {
    constexpr std::array<std::string_view, 7> names{"a string",
                                                    "an integer",
                                                    "a floating-point number",
                                                    "a boolean",
                                                    "a date or time",
                                                    "an array",
                                                    "a table"};
    return names[static_cast<std::size_t>(type)];
}

const TomlNode* TomlNode::find(std::string_view key) const {
    const auto at = std::ranges::find(fields, key, &Field::first);
    return at == fields.end() ? nullptr : &at->second;
}

const TomlNode* TomlNode::find_path(const std::vector<std::string_view>& keys) const {
    const TomlNode* at = this;
    for (const auto key : keys) {
        at = at == nullptr ? nullptr : at->find(key);
    }
    return at;
}

std::string TomlNode::where() const {
    return place(file, line, column);
}

std::string TomlNode::where_key() const {
    return key_line == 0 ? where() : place(file, key_line, key_column);
}

Error TomlNode::type_error(std::string_view key, std::string_view wanted) const {
    return {ErrorKind::usage,
            fmt::format("{}: `{}` must be {}, but is {}", where(), key, wanted, name_of(type))};
}

Result<TomlNode> parse_toml(std::string_view text, const std::string& file_name) {
    try {
        return convert(toml::parse(text, file_name),
                       std::make_shared<const std::string>(file_name));
    } catch (const toml::parse_error& error) {
        const auto at = error.source().begin;
        return fail(
            ErrorKind::usage,
            fmt::format(
                "{}:{}:{}: not TOML: {}", file_name, at.line, at.column, error.description()));
    }
}

Result<TomlNode> read_toml(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored) && !std::filesystem::is_symlink(file, ignored)) {
        return TomlNode{};
    }
    TRY_ASSIGN(const auto mapped, MappedFile::open(file));
    const auto bytes = mapped.bytes();
    if (bytes.empty()) {
        return TomlNode{};
    }
    return parse_toml({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

TomlNode merged(TomlNode base, const TomlNode& over) {
    if (!base.is(TomlType::table) || !over.is(TomlType::table)) {
        return over;
    }
    for (const auto& [key, value] : over.fields) {
        const auto at = std::ranges::find(base.fields, key, &TomlNode::Field::first);
        if (at == base.fields.end()) {
            base.fields.emplace_back(key, value);
        } else {
            at->second = merged(std::move(at->second), value);
        }
    }
    std::ranges::sort(base.fields, {}, &TomlNode::Field::first);
    return base;
}

} // namespace ktstr::config
