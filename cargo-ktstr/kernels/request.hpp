// What `kernel build` is asked for, read from its words: by cargo-ktstr, which refuses what is
// wrong, and by the program that makes kernels.
#pragma once

#include "cargo-ktstr/cli/command.hpp"
#include "ktstr-runner/store/kernel_spec.hpp"
#include "ktstr-runner/store/verify.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::kernels {

using store::Verify;

struct BuildRequest {
    std::vector<std::string> specs; // as typed: versions, ranges, git, trees; empty: see packages
    std::vector<std::filesystem::path> packages; // of one kernel; both empty: the newest stable
    std::string base = "lean";                   // or "defconfig", "tree", a path
    std::vector<std::filesystem::path> extra_kconfig;
    unsigned jobs = 0;    // 0: one for each CPU we may use
    unsigned cpu_cap = 0; // 0: all of them
    Verify verify = Verify::yes;
};

Result<BuildRequest> read_build_request(std::span<const std::string> words);

extern const cli::Spec build_spec;
extern const cli::Spec fetch_distro_spec;

} // namespace ktstr::kernels
