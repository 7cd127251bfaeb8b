#include "ktstr-runner/session/profraw.hpp"

#include "ktstr-runner/base/sha256.hpp"

#include <fmt/format.h>

#include <vector>

namespace ktstr::session::profraw {

namespace {

constexpr std::string_view extension = ".profraw";
constexpr std::string_view separators = "-_. ";

// A run may have tens of thousands of attempts, and two with one name would lose a profile without
// a word.
constexpr std::size_t hash_length = 16;

// A piece of the value: literal text, or something that only the guest's program knows.
struct Piece {
    bool known = true;
    std::string text;
};

// The length of the specifier after a `%`, as compiler-rt reads it: a letter, or digits and `m` (a
// merge pool).
std::size_t specifier_length(std::string_view after) {
    const auto letter = after.find_first_not_of("0123456789");
    if (letter != std::string_view::npos && after[letter] == 'm') {
        return letter + 1;
    }
    return after.empty() ? 0 : 1;
}

std::vector<Piece> pieces_of(std::string_view value, std::string_view tmpdir) {
    std::vector<Piece> pieces;
    while (!value.empty()) {
        const auto percent = value.find('%');
        pieces.push_back({true, std::string(value.substr(0, percent))});
        if (percent == std::string_view::npos) {
            break;
        }
        value.remove_prefix(percent + 1);
        const auto specifier = value.substr(0, specifier_length(value));
        value.remove_prefix(specifier.size());
        if (specifier == "t") {
            pieces.push_back({true, std::string(tmpdir)});
        } else if (specifier != "c") { // continuous mode: says how the file is written, not where
            pieces.push_back({false, {}});
        }
    }
    return pieces;
}

void append_literal(std::string& pattern, std::string_view text) {
    for (const char c : text) {
        if (std::string_view("*?[\\").find(c) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += c;
    }
}

std::string pattern_of(const std::vector<Piece>& pieces) {
    std::string pattern;
    for (const auto& piece : pieces) {
        if (piece.known) {
            append_literal(pattern, piece.text);
        } else if (!pattern.ends_with('*') || pattern.ends_with("\\*")) {
            pattern += '*';
        }
    }
    return pattern;
}

// The literal text before the first unknown piece, and the literal rest after the last slash.
std::filesystem::path folder_of(const std::vector<Piece>& pieces) {
    std::string known;
    for (const auto& piece : pieces) {
        if (!piece.known) {
            break;
        }
        known += piece.text;
    }
    return std::filesystem::path(known).parent_path();
}

std::string stem_of(const std::vector<Piece>& pieces) {
    std::string name;
    for (const auto& piece : pieces) {
        name += piece.text;
    }
    name = name.substr(name.rfind('/') + 1);
    if (name.ends_with(extension)) {
        name.resize(name.size() - extension.size());
    }
    const auto last = name.find_last_not_of(separators);
    name.resize(last == std::string::npos ? 0 : last + 1);
    return name.empty() ? "profile" : name;
}

} // namespace

std::optional<Location>
locate(std::string_view value, const std::filesystem::path& cwd, std::string_view tmpdir) {
    if (value.empty()) {
        return std::nullopt;
    }
    auto pieces = pieces_of(value, tmpdir);
    const bool absolute =
        (pieces[0].text.empty() && pieces.size() > 1 ? pieces[1] : pieces[0]).text.starts_with('/');
    if (!absolute) {
        pieces.insert(pieces.begin(), {true, cwd.string() + "/"});
    }
    return Location{
        .guest_pattern = pattern_of(pieces), .folder = folder_of(pieces), .stem = stem_of(pieces)};
}

std::filesystem::path
host_path(const Location& location, std::string_view attempt_id, std::uint64_t number) {
    const auto hash = sha256_of(attempt_id).substr(0, hash_length);
    return location.folder / fmt::format("{}-{}-{}{}", location.stem, hash, number, extension);
}

} // namespace ktstr::session::profraw
