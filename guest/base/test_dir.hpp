// A directory that lives as long as its test. Tests only.
#pragma once

#include "guest/base/os.hpp"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace ktstr::guest {

class TestDir final {
public:
    TestDir() : path_(testing::TempDir() + "ktstr-guest-XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) {
            ADD_FAILURE() << "mkdtemp " << path_;
        }
    }

    TestDir(const TestDir&) = delete;
    TestDir& operator=(const TestDir&) = delete;

    ~TestDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }

    // A file below, with its parents; gives its whole path.
    std::string write(std::string_view name, std::string_view text) const {
        const auto path = std::filesystem::path(path_) / name;
        std::filesystem::create_directories(path.parent_path());
        std::FILE* const file = std::fopen(path.c_str(), "w");
        EXPECT_NE(file, nullptr) << path;
        if (file != nullptr) {
            EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
            std::fclose(file);
        }
        return path;
    }

private:
    std::string path_;
};

} // namespace ktstr::guest
