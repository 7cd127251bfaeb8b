// Small text helpers: splitting, trimming, quoting for a shell, UTF-8, sizes and times for people,
// nearest word.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr {

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);

// Quotes an argument so that a POSIX shell reads back exactly it.
std::string shell_quote(std::string_view argument);

// Replaces every byte that is not part of valid UTF-8 by U+FFFD, so that the text may stand in
// JSON.
std::string to_utf8(std::string_view bytes);

// What a server, an archive or another program says, as one line for people: blanks for line ends
// and tabs, U+FFFD for bytes that are no UTF-8 and for characters that a terminal obeys or that
// turn the direction of a text (Unicode's general categories Cc, Zl, Zp and the bidi controls of
// UAX 9).
std::string printable(std::string_view bytes);

// The same of each line for itself, without blanks and empty lines around them.
std::string printable_lines(std::string_view bytes);

// Whole decimal number, nothing around it.
std::optional<std::uint64_t> parse_u64(std::string_view text);

// "512 MiB", "0.83 s", "12 ms": for people.
std::string human_bytes(std::uint64_t bytes);
std::string human_time(std::chrono::nanoseconds span);

// "3 d", "2 h", "5 min", "0 s": the largest unit that fits.
std::string human_age(std::chrono::seconds span);

// The candidate nearest to `word` (edit distance at most a third of its length, at least 1), if
// any.
std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

// "64", "512M", "1G", "512 MiB" (binary units) to bytes; a bare number is in `unit` bytes. Empty on
// nonsense.
std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t unit);

// "90s", "2m 30s", "500ms", "1h" as humantime (which nextest uses) reads them. Empty on nonsense.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace ktstr
