// Pieces of texts.
#pragma once

#include <string_view>
#include <vector>

namespace ktstr::guest {

// Without their ends; a text that ends with a newline has no empty line behind it.
std::vector<std::string_view> lines_of(std::string_view text);

// Without white space at both ends.
std::string_view trimmed(std::string_view text);

// What stands behind `begin` and before the next `end`; empty when one of them is missing.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end);

} // namespace ktstr::guest
