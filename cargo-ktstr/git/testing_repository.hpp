// A repository of its own, for tests.
#pragma once

#include "cargo-ktstr/git/git.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::git {

class Repository : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_THAT(folder_, IsOk());
        git({"init", "-q", "-b", "main"});
        git({"config", "user.name", "n"});
        git({"config", "user.email", "e"});
    }

    std::filesystem::path path(const std::string& name) const {
        return std::filesystem::canonical(folder_->path()) / name;
    }

    std::filesystem::path top() const { return folder_->path(); }

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories(path(name).parent_path());
        ASSERT_THAT(write_file_atomically(path(name), text), IsOk());
    }

    void git(std::vector<std::string> arguments) const {
        ASSERT_THAT(run(top(), std::move(arguments)), IsOk());
    }

    // The commit's id.
    std::string commit() const {
        git({"add", "-A"});
        git({"commit", "-q", "-m", "m"});
        return line(top(), {"rev-parse", "HEAD"}).value_or("");
    }

private:
    Result<TempDir> folder_ = TempDir::create("ktstr-git");
};

} // namespace ktstr::git
