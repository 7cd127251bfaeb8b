#include "ktstr-runner/sidecar/file_name.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::sidecar {

namespace {

constexpr std::string_view extension = ".json";
constexpr std::string_view hex_digits = "0123456789abcdef";

// NAME_MAX is 255 bytes; the temporary name of an atomic file adds 8.
constexpr std::size_t binary_length = 80;
constexpr std::size_t test_length = 120;

std::string safe(std::string_view text, std::size_t length) {
    text.remove_prefix(text.size() - std::min(text.size(), length));
    std::string out(text);
    std::ranges::replace_if(
        out,
        [](char c) {
            const bool alphanumeric =
                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            return !alphanumeric && c != '.' && c != '_';
        },
        '_');
    if (out.empty() || out.front() == '.') { // a dot file would not be seen
        out.insert(out.begin(), '_');
    }
    return out;
}

} // namespace

std::string file_name(const Record& record, std::string_view unique) {
    return fmt::format("{}-{}-{}-{}{}",
                       safe(record.binary_id, binary_length),
                       safe(record.test, test_length),
                       record.attempt,
                       unique,
                       extension);
}

bool is_record_name(std::string_view name) {
    if (name.starts_with('.') || !name.ends_with(extension)) {
        return false;
    }
    name.remove_suffix(extension.size());
    const auto parts = split(name, '-');
    if (parts.size() < 4) {
        return false;
    }
    const auto& unique = parts.back();
    return unique.size() == 8 && unique.find_first_not_of(hex_digits) == std::string::npos &&
           parse_u64(parts[parts.size() - 2]).has_value();
}

} // namespace ktstr::sidecar
