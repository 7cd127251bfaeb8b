// Files, directories and links of a tree under one directory, made so that no name and no link can
// lead out of it, whatever was made before: every step is taken from an open directory and never
// through a symbolic link.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::fetch {

// The components of a relative path without "." and ".."; absent for one that is absolute, has
// "..", is longer than any in a kernel's sources or has a byte that is none of a name.
std::optional<std::vector<std::string>> path_components(std::string_view path);

// Whether a symbolic link at `link` (its components) with that target stays in the tree, also when
// the target leads through other such links: it is relative, ".." stand only in front, and there
// are no more of them than directories above the link.
bool is_link_inside(std::span<const std::string> link, std::string_view target);

class TreeWriter final {
public:
    // Names are the components of path_components(), one at least; directories above are made as
    // needed. Nothing is written over: a name that is taken is an error.
    enum class Mode { plain, executable };

    static Result<TreeWriter> open(const std::filesystem::path& root);

    Result<> directory(std::span<const std::string> name);
    Result<Fd> file(std::span<const std::string> name, Mode mode);
    Result<> symbolic_link(std::span<const std::string> name, std::string_view target);
    // Another name for a file of this tree; an error when that is no file.
    Result<> hard_link(std::span<const std::string> name, std::span<const std::string> file);

private:
    struct Level {
        std::string name;
        Fd fd;
    };

    TreeWriter(std::filesystem::path root, Fd fd) : root_(std::move(root)), fd_(std::move(fd)) {}

    // The directory of these components; good until the next call.
    Result<int> enter(std::span<const std::string> folder);

    std::filesystem::path root_;
    Fd fd_;
    std::vector<Level> levels_; // the directory entered last, from the root on
};

// What errno says about writing `name`; a full disk has its own words.
Error write_failure(const std::string& name);

} // namespace ktstr::fetch
