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
        EXPECT_EQ(found->program, "/t/scx_foo");
    }
    EXPECT_EQ(calls(), one_call);
}

TEST_F(BuildScheduler, ItsFailureIsTheHeadlineOfEveryTestOfTheRun) {
    cargo("echo 'warning: x' >&2; echo 'error: no bin target named `scx_foo`' >&2; exit 101");
    const BuildPlace run{.run_directory = dir_->path()};
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(build_scheduler(scheduler_, run), IsErrorWith("cannot be built"));
        EXPECT_THAT(build_scheduler(scheduler_, run), IsErrorWith("no bin target named"));
    }
    EXPECT_EQ(calls(), one_call);
}

TEST_F(BuildScheduler, IsDoneEachTimeOutsideOfARun) {
    EXPECT_THAT(build_scheduler(scheduler_, {}), IsOk());
    EXPECT_THAT(build_scheduler(scheduler_, {.release = true}), IsOk());
    EXPECT_EQ(calls(),
              one_call + std::string(one_call).replace(
                             std::string(one_call).size() - 1, 1, " --release\n"));
}

TEST_F(BuildScheduler, WithoutAManifestNothingCanBeBuilt) {
    scheduler_.manifest_dir.clear();
    const auto answer = build_scheduler(scheduler_, {});
    ASSERT_THAT(answer, IsErrorWith("KTSTR_SCHEDULER"));
    EXPECT_TRUE(is_not_of_the_workspace(answer.error()));
}

TEST_F(BuildScheduler, ItsOwnFailureIsNotTakenForAnothersProgram) {
    cargo("echo 'error: no bin target named `scx_foo`' >&2; exit 101");
    EXPECT_TRUE(is_not_of_the_workspace(build_scheduler(scheduler_, {}).error()));
    cargo("echo 'error: expected `;`' >&2; exit 101");
    EXPECT_FALSE(is_not_of_the_workspace(build_scheduler(scheduler_, {}).error()));
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
    EXPECT_TRUE(is_release("/t/release/deps/x-1"));
    EXPECT_FALSE(is_release("/t/debug/deps/x-1"));
}

} // namespace ktstr::variants
