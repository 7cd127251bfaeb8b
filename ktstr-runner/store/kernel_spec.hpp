// What a user may write for a kernel. The forms are tried in this order:
//
//   git+URL#REF      a branch, a tag or a commit; REF may have slashes, and `#` (a URL may not)
//   A..B             every series from A's to B's, both included
//   a path           has a `/`, or begins with `.` or `~`: an image, a source tree, a package
//   M[.m[.p]][-rcN]  a version; without the patch number the newest of the series
//   a key            one entry of the kernel store
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace ktstr::store {

struct GitSpec {
    std::string url; // without "git+"
    std::string ref;
};

struct RangeSpec {
    std::string first; // versions, first <= last
    std::string last;
};

struct PathSpec {
    std::filesystem::path path; // `~` replaced
};

struct VersionSpec {
    std::string version;
};

struct KeySpec {
    std::string key;
};

using KernelSpec = std::variant<GitSpec, RangeSpec, PathSpec, VersionSpec, KeySpec>;

// Errors name the form that the text nearly has. Nothing is looked up.
Result<KernelSpec> parse_kernel_spec(std::string_view text);

// "6", "6.14", "7.0.13", "6.15-rc3"; numbers of up to five digits.
bool is_version(std::string_view text);

// "6.14" of "6.14.3", "6.14" and "6.14-rc2"; "6" of "6".
std::string series_of(std::string_view version);

// Names a kernel within a test's name: "kernel_6_14" of "6.14", "kernel_git_owner_repo_ref",
// "kernel_path_linux_1a2b3c" with six digits of the path's digest. Letters, digits and `_` alone.
std::string kernel_label(const KernelSpec& spec);

} // namespace ktstr::store
