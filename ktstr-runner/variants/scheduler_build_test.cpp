#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/variants/scheduler_build.hpp"

#include <stdlib.h>
#include <sys/stat.h>

namespace ktstr::variants {

namespace {

// A program in cargo's place that counts its calls.
class BuildScheduler : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("build");
        ASSERT_THAT(made, IsOk());
        dir_.emplace(std::move(*made));
        scheduler_.source = SchedulerSource::discover;
        scheduler_.binary = "scx_foo";
        scheduler_.manifest_dir = dir_->path();
        ::setenv("CARGO", (dir_->path() / "cargo").c_str(), 1);
        cargo(
            R"(echo '{"reason":"compiler-artifact","target":{"name":"scx_foo"},"executable":"/t/scx_foo"}')");
    }

    void TearDown() override { ::unsetenv("CARGO"); }

    void cargo(const std::string& body) {
        const auto path = dir_->path() / "cargo";
        ASSERT_THAT(write_file_atomically(path, "#!/bin/sh\necho \"$@\" >>calls\n" + body + "\n"),
                    IsOk());
        ::chmod(path.c_str(), 0755);
    }

    std::string calls() const { return read_file(dir_->path() / "calls").value_or(""); }

    std::optional<TempDir> dir_;
    Scheduler scheduler_;
};

constexpr auto* one_call =
    "build --workspace --bin scx_foo --message-format json-render-diagnostics\n";

} // namespace

TEST_F(BuildScheduler, IsDoneOnceInARun) {
    const BuildPlace run{.run_directory = dir_->path()};
    for (int i = 0; i < 3; ++i) {
        const auto found = build_scheduler(scheduler_, run);
        ASSERT_THAT(found, IsOk());
        EXPECT_EQ(*found, "/t/scx_foo");
    }
    EXPECT_EQ(calls(), one_call);
}

TEST_F(BuildScheduler, ItsFailureIsTheHeadlineOfEveryTestOfTheRun) {
    cargo("echo 'warning: x' >&2; echo 'error: expected `;`' >&2; exit 101");
    const BuildPlace run{.run_directory = dir_->path()};
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(build_scheduler(scheduler_, run), IsErrorWith("cannot be built"));
        EXPECT_THAT(build_scheduler(scheduler_, run), IsErrorWith("expected `;`"));
    }
    EXPECT_EQ(calls(), one_call);
}

TEST_F(BuildScheduler, WhatIsNoProgramOfTheWorkspaceIsAbsentAndAskedForOnce) {
    cargo("echo 'error: no bin target named `scx_foo`' >&2; exit 101");
    const BuildPlace run{.run_directory = dir_->path()};
    for (int i = 0; i < 2; ++i) {
        const auto found = build_scheduler(scheduler_, run);
        ASSERT_THAT(found, IsOk());
        EXPECT_EQ(*found, std::nullopt);
    }
    EXPECT_EQ(calls(), one_call);
}

TEST_F(BuildScheduler, WithoutCargoOrTheCrateThereIsNothingToBuild) {
    scheduler_.manifest_dir = dir_->path() / "gone";
    const auto elsewhere = build_scheduler(scheduler_, {});
    ASSERT_THAT(elsewhere, IsOk());
    EXPECT_EQ(*elsewhere, std::nullopt);
    scheduler_.manifest_dir = dir_->path();
    ::setenv("CARGO", "/no/such/cargo", 1);
    const auto bare = build_scheduler(scheduler_, {});
    ASSERT_THAT(bare, IsOk());
    EXPECT_EQ(*bare, std::nullopt);
}

TEST_F(BuildScheduler, IsDoneEachTimeOutsideOfARunAndAsTheTestWas) {
    EXPECT_THAT(build_scheduler(scheduler_, {}), IsOk());
    BuildPlace place;
    place.output = {.folder = "/t/ci", .target = "/t", .triple = {}, .profile = "ci"};
    EXPECT_THAT(build_scheduler(scheduler_, place), IsOk());
    EXPECT_EQ(calls(),
              one_call + std::string(one_call).replace(std::string(one_call).size() - 1,
                                                       1,
                                                       " --target-dir /t --profile ci\n"));
}

// The build would never end.
TEST_F(BuildScheduler, EndsWithTheTestsTimeAndThatIsNotRemembered) {
    cargo("exec sleep 1000");
    BuildPlace run{.run_directory = dir_->path()};
    run.deadline = Deadline::in(std::chrono::milliseconds{50});
    EXPECT_THAT(build_scheduler(scheduler_, run), IsErrorWith("time limit passed while"));
    EXPECT_THAT(build_scheduler(scheduler_, run), IsErrorWith("time limit passed while"));
    cargo(
        R"(echo '{"reason":"compiler-artifact","target":{"name":"scx_foo"},"executable":"/t/scx_foo"}')");
    run.deadline = Deadline::never();
    EXPECT_THAT(build_scheduler(scheduler_, run), IsOk());
}

TEST_F(BuildScheduler, ADirectoryOfSeveralRunsHasABuildForEach) {
    EXPECT_THAT(build_scheduler(scheduler_, {.run_directory = dir_->path(), .run = "1"}), IsOk());
    EXPECT_THAT(build_scheduler(scheduler_, {.run_directory = dir_->path(), .run = "2"}), IsOk());
    EXPECT_EQ(calls(), std::string(one_call) + one_call);
}

TEST(BuiltProgram, IsTheExecutableOfThatTarget) {
    EXPECT_EQ(built_program("", "a"), std::nullopt);
    EXPECT_EQ(
        built_program(R"({"reason":"compiler-artifact","target":{"name":"a"},"executable":null}
not json
{"reason":"build-finished","success":true}
{"reason":"compiler-artifact","target":{"name":"b"},"executable":"/b"}
{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/a"})",
                      "a"),
        "/a");
}

} // namespace ktstr::variants
