#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/variants/scheduler_binary.hpp"

#include <sys/stat.h>

namespace ktstr::variants {

namespace {

namespace fs = std::filesystem;

class FindScheduler : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("schedulers");
        ASSERT_THAT(made, IsOk());
        dir_.emplace(std::move(*made));
        scheduler_.source = SchedulerSource::discover;
        scheduler_.binary = "scx-foo";
    }

    // A program at that place.
    fs::path program(const fs::path& place) {
        const auto path = dir_->path() / place;
        fs::create_directories(path.parent_path());
        EXPECT_THAT(write_file_atomically(path, "#!/bin/sh\n"), IsOk());
        ::chmod(path.c_str(), 0755);
        return path;
    }

    Result<std::optional<FoundScheduler>> find() {
        return find_scheduler(
            scheduler_,
            {.environment = environment_,
             .test_binary = dir_->path() / "target/debug/deps/a-0123456789abcdef"});
    }

    // The program that wins, below the directory; "nowhere".
    std::string which() {
        const auto found = find();
        return !found   ? found.error().render()
               : *found ? fs::relative((*found)->program, dir_->path()).string()
                        : "nowhere";
    }

    std::optional<TempDir> dir_;
    Scheduler scheduler_;
    std::vector<std::string> environment_;
};

} // namespace

TEST_F(FindScheduler, EachPlaceGoesBeforeThoseFoundHere) {
    EXPECT_EQ(which(), "nowhere");
    environment_.push_back("PATH=relative:" + program("bin/scx-foo").parent_path().string());
    EXPECT_EQ(which(), "bin/scx-foo");
    program("target/debug/scx-foo");
    EXPECT_EQ(which(), "target/debug/scx-foo");
    EXPECT_FALSE((*find())->named);
    environment_.push_back("CARGO_BIN_EXE_scx-foo=" + program("a/scx-foo").string());
    EXPECT_EQ(which(), "a/scx-foo");
    EXPECT_TRUE((*find())->named);
    environment_.push_back("NEXTEST_BIN_EXE_scx_foo=" + program("b/scx-foo").string());
    EXPECT_EQ(which(), "b/scx-foo");
    environment_.push_back("KTSTR_SCHEDULER=" + program("c/other").string());
    EXPECT_EQ(which(), "c/other");
}

TEST_F(FindScheduler, AnExplicitPathIsThatOfItsManifest) {
    scheduler_.source = SchedulerSource::path;
    scheduler_.manifest_dir = dir_->path();
    scheduler_.binary = "built/scx_foo";
    EXPECT_THAT(find(), IsErrorWith("built/scx_foo, which is no program"));
    const auto there = program("built/scx_foo");
    EXPECT_EQ((*find())->program, there);
    scheduler_.binary = there;
    EXPECT_EQ((*find())->program, there);
}

TEST_F(FindScheduler, WhatWasNamedAndIsNotThereIsAnError) {
    environment_.emplace_back("KTSTR_SCHEDULER=/no/such/program");
    EXPECT_THAT(find(), IsErrorWith("KTSTR_SCHEDULER"));
    environment_ = {"KTSTR_SCHEDULER=/etc"};
    EXPECT_THAT(find(), IsErrorWith("no program"));
    environment_ = {"KTSTR_SCHEDULER="};
    EXPECT_THAT(find(), IsErrorWith("set but empty"));
    environment_.clear();
    scheduler_.binary = "../scx_foo";
    EXPECT_THAT(find(), IsErrorWith("not the name of a program"));
}

} // namespace ktstr::variants
