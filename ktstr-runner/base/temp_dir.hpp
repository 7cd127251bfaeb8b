// TempDir: a directory of our own that goes with its owner.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

namespace ktstr {

class TempDir final {
public:
    // <parent>/<prefix>-XXXXXX, mode 0700. Without a parent: $TMPDIR or /tmp.
    static Result<TempDir> create(std::string_view prefix, std::filesystem::path parent = {});

    TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

    TempDir& operator=(TempDir&&) = delete;
    ~TempDir();

    const std::filesystem::path& path() const { return path_; }

private:
    explicit TempDir(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

} // namespace ktstr
