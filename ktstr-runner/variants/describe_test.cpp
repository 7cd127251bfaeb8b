#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/variants/describe.hpp"

#include <stdlib.h>

namespace ktstr::variants {

namespace {

namespace fs = std::filesystem;

class Describe : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("describe");
        ASSERT_THAT(made, IsOk());
        dir_.emplace(std::move(*made));
        fs::copy_file(DESCRIBING_TEST_BINARY, binary());
        ::setenv("DESCRIBE_COUNT", (dir_->path() / "count").c_str(), 1);
    }

    void TearDown() override {
        ::unsetenv("DESCRIBE_COUNT");
        ::unsetenv("DESCRIBE");
    }

    fs::path binary() const { return dir_->path() / "a_test"; }

    host::FactCache facts() const { return host::FactCache(dir_->path() / "facts"); }

    std::size_t answers() const { return read_file(dir_->path() / "count").value_or("").size(); }

    std::optional<TempDir> dir_;
};

} // namespace

TEST_F(Describe, ABinaryIsAskedOnceForAsLongAsItIsTheSame) {
    EXPECT_EQ(crate_version(binary()), KTSTR_VERSION);
    for (int i = 0; i < 3; ++i) {
        const auto said = declarations_of(binary(), facts());
        ASSERT_THAT(said, IsOk());
        ASSERT_TRUE(said->has_value());
        ASSERT_NE((*said)->test_named("a::b"), nullptr);
        EXPECT_EQ((*said)->test_named("a::b")->topology.vcpus(), 4U);
    }
    EXPECT_EQ(answers(), 1U);
    fs::remove(binary());
    fs::copy_file(DESCRIBING_TEST_BINARY, binary());
    EXPECT_THAT(declarations_of(binary(), facts()), IsOk());
    EXPECT_EQ(answers(), 2U);
}

TEST_F(Describe, WhatHasNoNoteIsNotAsked) {
    const auto said = declarations_of("/bin/true", facts());
    ASSERT_THAT(said, IsOk());
    EXPECT_FALSE(said->has_value());
    EXPECT_FALSE(crate_version("/no/such/file").has_value());
}

TEST_F(Describe, AFailureNamesTheBinaryAndIsNotRemembered) {
    ::setenv("DESCRIBE", "refuse", 1);
    EXPECT_THAT(declarations_of(binary(), facts()), IsErrorWith("no memory"));
    ::setenv("DESCRIBE", "garbage", 1);
    EXPECT_THAT(declarations_of(binary(), facts()), IsErrorWith(binary().string()));
}

TEST_F(Describe, AnotherVersionsNoteIsRefusedUnasked) {
    auto image = read_file(binary());
    ASSERT_THAT(image, IsOk());
    std::string note("ktstr\0\0\0" KTSTR_VERSION, 8 + sizeof(KTSTR_VERSION) - 1);
    const auto at = image->find(note);
    ASSERT_NE(at, std::string::npos);
    (*image)[at + 8] = '9';
    ASSERT_THAT(write_file_atomically(binary(), *image), IsOk());
    EXPECT_THAT(declarations_of(binary(), facts()), IsErrorWith(KTSTR_VERSION));
    EXPECT_EQ(answers(), 0U);
}

} // namespace ktstr::variants
