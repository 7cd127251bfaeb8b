// llvm-profdata and llvm-cov, which turn profiles into a report. They must understand the profiles
// that rustc's own LLVM writes.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::coverage {

struct LlvmTools {
    std::filesystem::path cov;
    std::filesystem::path profdata;
    std::string origin; // for people
};

// All that the choice depends on.
struct Surroundings {
    std::optional<std::string> llvm_cov;       // $LLVM_COV
    std::optional<std::string> llvm_profdata;  // $LLVM_PROFDATA
    std::filesystem::path toolchain_bin;       // where rustup's component llvm-tools puts them
    std::vector<std::filesystem::path> search; // $PATH
    unsigned rustc_llvm = 0;                   // major version of rustc's LLVM
    std::function<unsigned(const std::filesystem::path&)>
        version_of; // major version of a tool, 0 when unknown
};

// From this process: asks rustc and reads the environment.
Result<Surroundings> look_around();

// $LLVM_COV and $LLVM_PROFDATA; else the toolchain's; else a system LLVM that reads the same
// profiles: rustc's own major version, or the newest other. The error says what to install.
Result<LlvmTools> choose_llvm_tools(const Surroundings& surroundings);

// "LLVM version: 22.1.2" in `rustc -vV`, "LLVM version 22.1.8" in `llvm-cov --version`; 0 when it
// is not there.
unsigned llvm_version_in(std::string_view text);

} // namespace ktstr::coverage
