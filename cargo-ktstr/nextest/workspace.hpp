// A workspace as `cargo metadata` tells of it (cargo's documentation, "cargo-metadata", format
// version 1), and an empty one in its place.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace ktstr::nextest {

struct Workspace {
    std::filesystem::path root;
    std::vector<std::filesystem::path> packages; // directories of the members, relative to it
};

// Members that lie outside of the root, or in its `.config`, are left out.
Result<Workspace> parse_workspace(std::string_view metadata);

// Makes `root` with a Cargo.toml, and the members' directories below it: all that nextest looks for
// where it runs what is built already.
Result<> make_stand_in(const Workspace& workspace, const std::filesystem::path& root);

} // namespace ktstr::nextest
