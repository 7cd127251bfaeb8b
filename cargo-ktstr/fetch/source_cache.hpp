// Where sources are kept until their kernel is built: <store>/.sources, a directory for each. Names
// that begin with a dot are no entries of the store.
#pragma once

#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/progress.hpp"
#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace ktstr::fetch {

class SourceCache final {
public:
    // In the store, which must be there to write to. Made when it is missing.
    static Result<SourceCache> open();
    static Result<SourceCache> at(std::filesystem::path directory);

    const std::filesystem::path& directory() const { return directory_; }

    // Makes the directory that it is given, whole or not at all: what is not finished is in
    // DIRECTORY.tmp-*.
    using Make = std::function<Result<>(const std::filesystem::path& into)>;

    // <directory>/name: as it is when it is there, else by `make`, once however many processes want
    // it. The others wait, and say for which process. What killed ones left unfinished is removed
    // first. `name` is one plain file name.
    Result<std::filesystem::path>
    tree(const std::string& name, Progress& progress, const Make& make) const;

    // <directory>/name.lock, held by one process at a time: the others wait, and say which process
    // is at `what`.
    Result<FileLock>
    lock(const std::string& name, const std::string& what, Progress& progress) const;

    // As long as it is held, `kernel clean` leaves the tree alone. An error when it is gone
    // already.
    Result<FileLock> hold(const std::filesystem::path& tree) const;

    // Removes everything whose name begins so.
    void remove(const std::string& prefix) const;

private:
    explicit SourceCache(std::filesystem::path directory) : directory_(std::move(directory)) {}

    std::filesystem::path directory_;
};

} // namespace ktstr::fetch
