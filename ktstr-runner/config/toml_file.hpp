// A TOML file as a plain tree of values that know where they stand. The only door to toml++: its
// exceptions stop here.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::config {

enum class TomlType { string, integer, floating, boolean, date, array, table };

std::string_view name_of(TomlType type); // "a string", "an integer", ...

struct TomlField;

struct TomlNode {
    using Field = TomlField;

    TomlType type = TomlType::table;
    std::string text;            // string
    std::int64_t integer = 0;    // integer
    bool boolean = false;        // boolean
    std::vector<TomlNode> items; // array
    std::vector<Field> fields;   // table, sorted by key

    std::shared_ptr<const std::string>
        file; // null in an empty table that stands for a missing file
    unsigned line = 0;
    unsigned column = 0;
    unsigned key_line = 0; // of the key that names it, where it has one
    unsigned key_column = 0;

    bool is(TomlType wanted) const { return type == wanted; }

    // The value of a key of a table; null when absent or when this is no table.
    const TomlNode* find(std::string_view key) const;
    // The same through tables in tables.
    const TomlNode* find_path(const std::vector<std::string_view>& keys) const;

    std::string where() const;     // file:line:column of the value
    std::string where_key() const; // of its key

    // "<where>: `key` must be <wanted>, but is <type>".
    Error type_error(std::string_view key, std::string_view wanted) const;
};

// A key of a table and its value.
struct TomlField {
    std::string first;
    TomlNode second;
};

Result<TomlNode> parse_toml(std::string_view text, const std::string& file_name);

// A missing file is an empty table.
Result<TomlNode> read_toml(const std::filesystem::path& file);

// Lays `over` on `base` as nextest merges its files: tables key by key, anything else is replaced.
TomlNode merged(TomlNode base, const TomlNode& over);

} // namespace ktstr::config
