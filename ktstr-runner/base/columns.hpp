// A table for people: columns as wide as their widest cell, two blanks between them.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ktstr {

// Every row has as many cells as the first. Each line ends with a newline, and none with blanks.
std::string columns(std::span<const std::vector<std::string>> rows);

} // namespace ktstr
