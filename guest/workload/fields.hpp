// Reads JSON strictly: a field that is missing, of a wrong type, out of range or unknown is refused
// with its path and its value.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::workload {

using Json = nlohmann::json;

// "steps[0].hold.frac: ..."; caught where the reading starts, parse_scenario().
class BadField final : public std::runtime_error {
public:
    BadField(const std::string& path, const std::string& what)
        : std::runtime_error(path + ": " + what) {}
};

// The value as the message shows it: JSON, cut to one short line.
std::string shown(const Json& value);

struct Range {
    double least = 0;
    double most = 0;
};

std::uint64_t
to_integer(const Json& value, const std::string& path, std::uint64_t least, std::uint64_t most);
double to_number(const Json& value, const std::string& path, Range range);
std::string to_text(const Json& value, const std::string& path, std::size_t longest);
std::vector<unsigned> to_numbers(const Json& value, const std::string& path, unsigned most);
const Json& to_array(const Json& value, const std::string& path, std::size_t most);
const Json& to_array(Json&& value, const std::string& path, std::size_t most) = delete;

// The fields of an object; each is asked for once, then no_others().
class Fields final {
public:
    // `value` must outlive it.
    Fields(const Json& value, std::string path);

    const std::string& path() const { return path_; }

    std::string path_of(std::string_view name) const;

    // nullptr when it is not there or null.
    const Json* find(std::string_view name);
    const Json& need(std::string_view name);

    std::optional<std::uint64_t>
    integer(std::string_view name, std::uint64_t least, std::uint64_t most);
    std::optional<double> number(std::string_view name, Range range);
    std::optional<bool> boolean(std::string_view name);
    std::string text(std::string_view name, std::size_t longest); // empty when it is not there

    // Throws on a field that nobody has asked for.
    void no_others() const;

private:
    const Json* value_;
    std::string path_;
    std::vector<std::string_view> asked_;
};

// serde's external tagging: `"name"`, or `{"name": value}`; value is null for the first.
struct Tagged {
    std::string name;
    Json value;
};

Tagged to_tagged(const Json& value, const std::string& path);

// "`spin_wiat` is none of them (did you mean `spin_wait`?)"
std::string none_of(std::string_view name, std::span<const std::string_view> known);

} // namespace ktstr::workload
