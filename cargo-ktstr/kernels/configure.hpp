// A kernel's configuration: a base, what tests need on top of it, what the user adds; and proof
// that all of that is in the result.
#pragma once

#include "cargo-ktstr/kernels/kbuild.hpp"
#include "cargo-ktstr/kernels/kconfig.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::kernels {

struct Recipe {
    std::string base; // "lean", "defconfig", "tree", or the path of a file
    Kconfig ours;     // the fragments of kconfig/
    Kconfig extra;    // the user's, which win
};

// The recipe for a kernel of `tree` and `arch` (uname's word); sched_ext only of kernels that have
// it. Reads the user's files.
Result<Recipe> make_recipe(const std::filesystem::path& tree,
                           const std::string& arch,
                           const std::string& base,
                           const std::vector<std::filesystem::path>& extra);

// Ours with the user's on top.
Kconfig requested(const Recipe& recipe);

struct Configured {
    std::string config;             // the whole .config
    std::vector<std::string> notes; // settings of ours that this kernel does not know
};

// Makes build/.config. What the lean base leaves out comes back where the user's settings would be
// lost without it. A setting of the user's that `make olddefconfig` does not keep is an error,
// and so is one of ours that the kernel knows; each is named with what it depends on.
Result<Configured> configure(const Kbuild& kbuild,
                             const std::filesystem::path& tree,
                             const std::string& arch,
                             const Recipe& recipe);

} // namespace ktstr::kernels
