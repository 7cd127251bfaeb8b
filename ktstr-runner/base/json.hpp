// JSON as the house reads and writes it: keys stay in the order in which they were put in. The
// reader and the writer are compiled once, here: instantiated in every file that uses them they
// were a fifth of the build.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace ktstr {

// A key is looked up in linear time: not for objects of thousands of keys.
using Json = nlohmann::ordered_json;

// One whole document (RFC 8259), or where and why it is none.
Result<Json> parse_json(std::string_view text);

// On one line without `indent`, else over many with so many spaces a level. What is not UTF-8
// becomes U+FFFD.
std::string print_json(const Json& json, int indent = -1);

} // namespace ktstr
