// Where Cargo put a test's binary, and with what (cargo reference, "Build cache"):
// <target>/[<triple>/]<profile's folder>/[deps/]<binary>.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::variants {

struct CargoOutput {
    std::filesystem::path folder; // in which programs of the same build lie
    std::filesystem::path target; // the target directory; empty when it cannot be told
    std::string triple;           // empty: the host's, without --target
    std::string profile;          // "dev", "release", ...; empty with `target`

    // What has Cargo build into the same folder.
    std::vector<std::string> arguments() const;
};

// The target directory is known by the file CACHEDIR.TAG that Cargo writes into it.
CargoOutput cargo_output_of(const std::filesystem::path& test_binary);

} // namespace ktstr::variants
