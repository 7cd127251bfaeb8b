#include "cargo-ktstr/kernels/kconfig.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace ktstr::kernels {

namespace {

constexpr std::string_view not_set = " is not set";

bool is_symbol(std::string_view name) {
    return name.starts_with("CONFIG_") && name.size() > 7 && std::ranges::all_of(name, [](char c) {
               return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
           });
}

std::optional<std::pair<std::string, std::string>> setting(std::string_view line) {
    if (line.starts_with("# ") && line.ends_with(not_set)) {
        const auto name =
            line.substr(2, line.size() - 2 - std::min(line.size() - 2, not_set.size()));
        return is_symbol(name) ? std::optional(std::pair(std::string(name), std::string("n")))
                               : std::nullopt;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || !is_symbol(line.substr(0, equals))) {
        return std::nullopt;
    }
    return std::pair(std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)));
}

std::string line_of(const std::string& name, const std::string& value) {
    return value == "n" ? "# " + name + std::string(not_set) : name + "=" + value;
}

} // namespace

ParsedKconfig parse_kconfig(std::string_view text) {
    ParsedKconfig parsed;
    for (const auto& raw : split(text, '\n')) {
        const auto line = trim(raw);
        if (auto found = setting(line)) {
            parsed.settings.insert_or_assign(std::move(found->first), std::move(found->second));
        } else if (!line.empty() && !line.starts_with('#')) {
            parsed.nonsense.emplace_back(line);
        }
    }
    return parsed;
}

std::string merge_kconfig(std::string_view base, const Kconfig& requested) {
    std::string out;
    for (const auto& line : split(base, '\n')) {
        const auto found = setting(line);
        if (!line.empty() && (!found || !requested.contains(found->first))) {
            out += line + "\n";
        }
    }
    for (const auto& [name, value] : requested) {
        out += line_of(name, value) + "\n";
    }
    return out;
}

std::vector<LostSetting> lost_settings(const Kconfig& requested, const Kconfig& result) {
    std::vector<LostSetting> lost;
    for (const auto& [name, value] : requested) {
        const auto found = result.find(name);
        const auto got = found == result.end() ? std::string("n") : found->second;
        if (got != value) {
            lost.push_back({.name = name,
                            .text = line_of(name, value) + (found == result.end() || got == "n"
                                                                ? " (is not set)"
                                                                : " (is " + got + ")")});
        }
    }
    return lost;
}

} // namespace ktstr::kernels
