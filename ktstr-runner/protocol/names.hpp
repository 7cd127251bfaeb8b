// The names of a test: from nextest's variables where it runs us, else from where Cargo puts test
// binaries.
#pragma once

#include "ktstr-runner/config/filterset.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::protocol {

// A binary id of nextest, taken apart: `pkg` (a library or proc-macro), `pkg::name` (an integration
// test), `pkg::kind/name` (bin, example, bench). `binary` is empty for the first form: the id does
// not tell it.
struct BinaryId {
    std::string package;
    std::string kind;
    std::string binary;
};

BinaryId parse_binary_id(std::string_view id);

// The target's name in a path of Cargo's: target/debug/deps/my_test-0123456789abcdef is my_test.
std::string target_name(const std::filesystem::path& binary);

// Values in, values out. `test` may be empty. Proc-macro crates come out as `lib`.
config::TestNames names_from(std::span<const std::string> environment,
                             const std::filesystem::path& binary,
                             const std::string& test);

// names_from(), and the package's manifest (CARGO_MANIFEST_DIR) asked whether its library is a
// proc-macro.
config::TestNames identify(std::span<const std::string> environment,
                           const std::filesystem::path& binary,
                           const std::string& test);

} // namespace ktstr::protocol
