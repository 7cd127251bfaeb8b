// A cache in a folder of the test. Tests only.
#pragma once

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace ktstr::cache {

class CacheTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("cache");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        ASSERT_THAT(make_directories(root()), IsOk());
    }

    std::filesystem::path root() const { return dir->path() / "cache"; }

    static void write(const std::filesystem::path& path, const std::string& text) {
        ASSERT_THAT(make_directories(path.parent_path()), IsOk());
        ASSERT_THAT(write_file_atomically(path, text), IsOk());
    }

    std::optional<TempDir> dir;
};

} // namespace ktstr::cache
