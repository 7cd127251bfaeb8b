// Tests only: a directory with files, and what a payload holds.
#pragma once

#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/image/payload.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ktstr::machine {

struct Held {
    std::uint32_t mode = 0;
    std::uint32_t mtime = 0;
    std::string data;
};

class PayloadTest : public testing::Test {
protected:
    PayloadTest();

    // Makes a file, its directories too, and returns its path.
    std::filesystem::path
    file(const std::string& name, const std::string& content = "", unsigned mode = 0644);
    std::filesystem::path link(const std::string& name, const std::string& target);

    // Emits the payload and reads it back, by absolute path; checks that the size was foretold, and
    // that every entry comes after the directory that it is in.
    std::map<std::string, Held> held(const Payload& payload);

    // Absolute path of a name in the directory.
    std::string at(const std::string& name) const { return (root_ / name).string(); }

    Result<TempDir> directory_ = TempDir::create("payload");
    std::filesystem::path root_; // canonical
    Payload payload_;
};

} // namespace ktstr::machine
