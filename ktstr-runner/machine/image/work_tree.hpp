// WorkTree: what a git repository thinks of the files below one directory. The only place that
// knows libgit2.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace ktstr::machine {

class WorkTree final {
public:
    // Absent when the directory is in no work tree, or in one that ignores it. Whose repository it
    // is does not matter: nothing of it is executed.
    static Result<std::optional<WorkTree>> open(const std::filesystem::path& directory);

    WorkTree(WorkTree&&) noexcept;
    ~WorkTree();

    // Names are relative to the directory.
    bool tracks(const std::string& name) const;
    bool tracks_below(const std::string& directory) const;
    bool ignores(const std::string& name) const;

private:
    struct State;

    explicit WorkTree(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

} // namespace ktstr::machine
