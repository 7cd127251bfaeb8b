#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <thread>

namespace ktstr::sidecar {

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr auto id = "86fb3baa-1111-4222-8333-444455556666";
constexpr auto other_id = "86fb3baa-9999-4222-8333-444455556666"; // the same first digits

class RunDirectory : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_THAT(folder_, IsOk()); }

    fs::path target() const { return folder_->path() / "target"; }

    fs::path run(const std::string& run_id) const {
        const auto path = run_directory(target(), run_id);
        EXPECT_THAT(path, IsOk());
        return path.value_or(fs::path());
    }

    std::vector<fs::path> runs() const {
        const auto all = all_runs(target());
        EXPECT_THAT(all, IsOk());
        return all.value_or(std::vector<fs::path>{"none"});
    }

    Result<TempDir> folder_ = TempDir::create("ktstr-test");
};

} // namespace

TEST_F(RunDirectory, IsNamedByTimeAndIdAndLatestPointsToIt) {
    const auto path = run(id);
    EXPECT_EQ(path.parent_path(), target() / "ktstr" / "runs");
    EXPECT_THAT(path.filename().string(), MatchesRegex("[0-9]+T[0-9]+\\.[0-9]+Z-86fb3baa"));
    const auto latest = latest_run(target());
    ASSERT_THAT(latest, IsOk());
    EXPECT_TRUE(fs::equivalent(*latest, path));
    EXPECT_EQ(fs::read_symlink(target() / "ktstr" / "latest").parent_path(),
              "runs"); // survives a move
}

TEST_F(RunDirectory, IsTheSameForEveryRunnerOfARun) {
    const auto first = run(id);
    run("b0b0b0b0-1111-4222-8333-444455556666");
    EXPECT_EQ(run(id), first);
    EXPECT_THAT(runs(), SizeIs(2));
}

TEST_F(RunDirectory, TwoRunsWithTheSameDigitsAreTwoDirectories) {
    const auto first = run(id);
    const auto second = run(other_id);
    EXPECT_NE(first, second);
    EXPECT_EQ(run(id), first);
    EXPECT_EQ(run(other_id), second);
}

TEST_F(RunDirectory, AnIdThatIsNoUuidIsHashed) {
    EXPECT_THAT(run("../../x").filename().string(), MatchesRegex(".*Z-[0-9a-f]+"));
    EXPECT_THAT(run_directory(target(), ""), IsErrorWith("NEXTEST_RUN_ID"));
}

TEST_F(RunDirectory, RunnersThatStartTogetherAgree) {
    std::mutex mutex;
    std::set<fs::path> seen;
    {
        std::vector<std::jthread> runners;
        for (int i = 0; i < 16; ++i) {
            runners.emplace_back([&] {
                const auto path = run(id);
                const std::lock_guard lock(mutex);
                seen.insert(path);
            });
        }
    }
    EXPECT_THAT(seen, SizeIs(1));
    EXPECT_THAT(runs(), SizeIs(1));
}

TEST_F(RunDirectory, AllRunsAreOldestFirstAndNothingElse) {
    EXPECT_THAT(runs(), IsEmpty());
    const auto root = target() / "ktstr" / "runs";
    for (const auto* name : {"20260102T000000.000Z-00000001",
                             "20250102T000000.000Z-ffffffff",
                             ".run-abcdef",
                             "notes"}) {
        fs::create_directories(root / name);
    }
    EXPECT_THAT(runs(),
                ElementsAre(root / "20250102T000000.000Z-ffffffff",
                            root / "20260102T000000.000Z-00000001"));
}

TEST_F(RunDirectory, NoRunIsAnErrorOfItsOwn) {
    EXPECT_THAT(latest_run(target()), IsErrorWith("there is no run in"));
    EXPECT_THAT(latest_run(target()), IsErrorWith("cargo ktstr test"));
}

TEST_F(RunDirectory, ALatestThatIsGoneIsSaid) {
    fs::remove_all(run(id));
    EXPECT_THAT(latest_run(target()), IsErrorWith("which is gone"));
    EXPECT_TRUE(fs::is_directory(run(id))); // and a later runner makes it anew
}

TEST_F(RunDirectory, AnUnwritableTargetIsNamedWithAHint) {
    ASSERT_THAT(open_file(target(), O_WRONLY | O_CREAT), IsOk()); // a file, so that root fails too
    EXPECT_THAT(run_directory(target(), id), IsErrorWith(target().string()));
    EXPECT_THAT(run_directory(target(), id), IsErrorWith("CARGO_TARGET_DIR"));
}

TEST_F(RunDirectory, ALatestThatIsADirectoryIsNotReplaced) {
    fs::create_directories(target() / "ktstr" / "latest" / "mine");
    EXPECT_THAT(run_directory(target(), id), IsErrorWith("latest"));
    EXPECT_TRUE(fs::exists(target() / "ktstr" / "latest" / "mine"));
}

} // namespace ktstr::sidecar
