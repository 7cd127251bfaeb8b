#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

namespace ktstr {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    for (;;) {
        const auto at = text.find(separator);
        out.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return out;
        }
        text.remove_prefix(at + 1);
    }
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        out += i == 0 ? "" : separator;
        out += parts[i];
    }
    return out;
}

std::string shell_quote(std::string_view argument) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos) {
        return std::string(argument);
    }
    std::string out = "'";
    for (const char c : argument) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

namespace {

// Length of the valid UTF-8 sequence at the front of `s` (Unicode 15, table 3-7), 0 if there is
// none.
std::size_t utf8_length(std::string_view s) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const auto in = [&](std::size_t i, unsigned lo, unsigned hi) {
        return i < s.size() && at(i) >= lo && at(i) <= hi;
    };
    const unsigned lead = at(0);
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return in(1, 0x80, 0xBF) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool second = in(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
        return second && in(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool second = in(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
        return second && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

// Whether a valid sequence is one of those that printable() takes out.
bool commands_terminal(std::string_view character) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) {
        return at(0) < 0x20 || at(0) == 0x7F;
    }
    if (character.size() == 2) { // U+0080 to U+009F; U+061C
        return (at(0) == 0xC2 && at(1) < 0xA0) || (at(0) == 0xD8 && at(1) == 0x9C);
    }
    if (character.size() != 3 || at(0) != 0xE2) {
        return false;
    }
    return (at(1) == 0x80 &&
            ((at(2) >= 0xA8 && at(2) <= 0xAE) || at(2) == 0x8E || at(2) == 0x8F)) ||
           (at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9); // U+200E..., U+2066 to U+2069
}

// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment): `tset`
// is one from `test`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before; // the row before the last
    std::vector<std::size_t> last(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::vector<std::size_t> row(b.size() + 1, i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substitute = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({substitute, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = std::exchange(last, std::move(row));
    }
    return last.back();
}

} // namespace

std::string to_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = utf8_length(bytes);
        out += length == 0 ? replacement : bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string printable(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = utf8_length(bytes);
        const auto character = bytes.substr(0, std::max<std::size_t>(length, 1));
        if (const char c = character.front(); c == '\n' || c == '\r' || c == '\t') {
            out += ' ';
        } else {
            out += length == 0 || commands_terminal(character) ? replacement : character;
        }
        bytes.remove_prefix(character.size());
    }
    return out;
}

std::string printable_lines(std::string_view bytes) {
    std::vector<std::string> lines;
    for (const auto& line : split(trim(bytes), '\n')) {
        lines.push_back(printable(line));
    }
    return join(lines, "\n");
}

std::optional<std::uint64_t> parse_u64(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return value;
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return unit == 0 || value >= 100 || value == static_cast<double>(static_cast<int>(value))
               ? fmt::format("{:.0f} {}", value, units[unit])
               : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string human_time(std::chrono::nanoseconds span) {
    const double seconds = static_cast<double>(span.count()) / 1e9;
    if (seconds < 1e-3) {
        return fmt::format("{:.0f} us", seconds * 1e6);
    }
    if (seconds < 1) {
        return fmt::format("{:.0f} ms", seconds * 1e3);
    }
    if (seconds < 120) {
        return fmt::format("{:.1f} s", seconds);
    }
    const auto whole = std::chrono::floor<std::chrono::seconds>(span).count();
    return fmt::format("{} m {:02} s", whole / 60, whole % 60);
}

std::string human_age(std::chrono::seconds span) {
    struct Unit {
        std::int64_t seconds;
        std::string_view name;
    };

    static constexpr std::array units{
        Unit{86'400, "d"  },
        Unit{3'600,  "h"  },
        Unit{60,     "min"},
        Unit{1,      "s"  }
    };
    for (const auto& unit : units) {
        if (span.count() >= unit.seconds) {
            return fmt::format("{} {}", span.count() / unit.seconds, unit.name);
        }
    }
    return "0 s";
}

std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
    std::size_t best = std::max<std::size_t>(word.size() / 3, 1) + 1;
    std::optional<std::string> found;
    for (const auto candidate : candidates) {
        if (const auto distance = edit_distance(word, candidate); distance < best) {
            best = distance;
            found = std::string(candidate);
        }
    }
    return found;
}

std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t unit) {
    const auto digits = text.find_first_not_of("0123456789");
    const auto value = parse_u64(text.substr(0, digits));
    if (!value) {
        return std::nullopt;
    }
    auto suffix = digits == std::string_view::npos ? std::string_view{} : trim(text.substr(digits));
    std::uint64_t scale = unit;
    if (!suffix.empty()) {
        const auto power = std::string_view("BKMGT").find(static_cast<char>(suffix[0] & ~0x20));
        suffix.remove_prefix(1);
        const bool known = power != std::string_view::npos &&
                           (suffix.empty() || (power > 0 && (suffix == "iB" || suffix == "B")));
        if (!known) {
            return std::nullopt;
        }
        scale = std::uint64_t{1} << (10 * power);
    }
    if (scale != 0 && *value > UINT64_MAX / scale) {
        return std::nullopt;
    }
    return *value * scale;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    struct Unit {
        std::string_view name;
        double ms;
    };

    constexpr std::array units{
        Unit{"ms",      1         },
        Unit{"msec",    1         },
        Unit{"s",       1e3       },
        Unit{"sec",     1e3       },
        Unit{"secs",    1e3       },
        Unit{"second",  1e3       },
        Unit{"seconds", 1e3       },
        Unit{"m",       60e3      },
        Unit{"min",     60e3      },
        Unit{"mins",    60e3      },
        Unit{"minute",  60e3      },
        Unit{"minutes", 60e3      },
        Unit{"h",       3600e3    },
        Unit{"hr",      3600e3    },
        Unit{"hour",    3600e3    },
        Unit{"hours",   3600e3    },
        Unit{"d",       86400e3   },
        Unit{"day",     86400e3   },
        Unit{"days",    86400e3   },
        Unit{"us",      1e-3      },
        Unit{"y",       31557600e3},
        Unit{"year",    31557600e3},
        Unit{"years",   31557600e3},
        Unit{"w",       604800e3  },
        Unit{"week",    604800e3  },
        Unit{"weeks",   604800e3  },
    };
    double total = 0;
    text = trim(text);
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto value = parse_u64(text.substr(0, digits));
        text.remove_prefix(digits);
        text = trim(text);
        const auto letters =
            std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
        const auto unit = std::ranges::find(units, text.substr(0, letters), &Unit::name);
        if (!value || unit == units.end()) {
            return std::nullopt;
        }
        total += static_cast<double>(*value) * unit->ms;
        text = trim(text.substr(letters));
    }
    if (total > 9e15) {
        return std::nullopt;
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

} // namespace ktstr
