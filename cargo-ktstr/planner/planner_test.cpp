#include "cargo-ktstr/planner/kernels.hpp"
#include "cargo-ktstr/planner/plan.hpp"
#include "cargo-ktstr/planner/run_directory.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <nlohmann/json.hpp>

namespace ktstr::planner {

namespace {

namespace fs = std::filesystem;
using testing::MatchesRegex;

nextest::TestList sample() {
    nextest::Suite suite{
        .binary_id = "demo::it", .binary_name = "it", .package = "demo", .kind = "test"};
    suite.tests = {
        {.name = "a", .matches = true},
        {.name = "b", .ignored = true, .mismatch = "ignored"},
        {.name = "c", .matches = true}
    };
    nextest::Suite macro{
        .binary_id = "demo-macros", .package = "demo-macros", .kind = "proc-macro"};
    macro.tests = {
        {.name = "on_the_host", .matches = true}
    };
    return {
        .target_directory = "/t", .host_triple = "h", .suites = {suite, macro}
    };
}

Result<store::Entry> resolve(const std::string& spec) {
    return store::Entry{.key = "key-of-" + spec,
                        .directory = "/store/key",
                        .image = "/store/key/image",
                        .version = spec};
}

TEST(RunName, IsUtcTimeAndTag) {
    EXPECT_EQ(run_name(std::chrono::system_clock::from_time_t(1767322445), 0x89abcdef),
              "20260102T025405Z-89abcdef");
}

TEST(RunDirectory, IsMadeAndLatestMoves) {
    auto target = TempDir::create("planner");
    ASSERT_THAT(target, IsOk());
    const auto first = make_run_directory(target->path());
    const auto second = make_run_directory(target->path());
    ASSERT_THAT(first, IsOk());
    ASSERT_THAT(second, IsOk());
    EXPECT_NE(*first, *second);
    EXPECT_TRUE(fs::is_directory(*first));
    EXPECT_TRUE(fs::equivalent(target->path() / "ktstr" / "latest", *second));
    EXPECT_THAT(second->filename().string(), MatchesRegex("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}"));
}

TEST(RunDirectory, ThatCannotBeMadeIsAnErrorThatNamesIt) {
    auto target = TempDir::create("planner");
    ASSERT_THAT(target, IsOk());
    ASSERT_THAT(write_file_atomically(target->path() / "file", ""), IsOk());
    EXPECT_THAT(make_run_directory(target->path() / "file"), IsErrorWith("file/ktstr/runs/"));
}

PlannedKernel asked() {
    return {.spec = "6.14", .entry = *resolve("6.14")};
}

Result<store::Entry> resolve_nothing(const std::string& spec) {
    return fail(ErrorKind::environment, "no such kernel: " + spec);
}

TEST(PlanKernels, TakesTheOneAskedForAndLeavesTheHostOut) {
    const auto kernels =
        plan_kernels(sample(), {.asked = {asked()}, .profile = "default"}, resolve_nothing);
    ASSERT_THAT(kernels, IsOk());
    ASSERT_EQ(kernels->size(), 1U);
    EXPECT_EQ(kernels->front().entry.key, "key-of-6.14");
    EXPECT_EQ(kernels->front().tests, 2U);
}

TEST(PlanKernels, OfSeveralTheLabelSaysWhichIsATests) {
    auto list = sample();
    list.suites.resize(1);
    list.suites.front().tests = {
        {.name = "a/kernel_6_12", .matches = true},
        {.name = "a/kernel_6_14", .matches = true},
        {.name = "b/kernel_6_14", .matches = true}
    };
    const std::vector<PlannedKernel> both{
        {.spec = "6.12", .label = "kernel_6_12", .entry = *resolve("6.12")},
        {.spec = "6.14", .label = "kernel_6_14", .entry = *resolve("6.14")}
    };
    const auto kernels = plan_kernels(list, {.asked = both, .profile = "default"}, resolve_nothing);
    ASSERT_THAT(kernels, IsOk());
    ASSERT_EQ(kernels->size(), 2U);
    EXPECT_EQ(kernels->front().tests, 1U);
    EXPECT_EQ(kernels->back().tests, 2U);
    EXPECT_EQ(listed_kernels(*kernels).back(),
              (config::ListedKernel{.label = "kernel_6_14", .kernel = "key-of-6.14"}));
}

TEST(PlanKernels, TakesTheNewestOnceWhenNoneIsAskedFor) {
    const auto kernels = plan_kernels(sample(), {.profile = "default"}, resolve);
    ASSERT_THAT(kernels, IsOk());
    ASSERT_EQ(kernels->size(), 1U);
    EXPECT_EQ(kernels->front().entry.key, "key-of-");
}

TEST(PlanKernels, NeedsNoneWhenNoTestMatches) {
    auto list = sample();
    list.suites.resize(1);
    list.suites.front().tests = {{.name = "b"}};
    const auto kernels = plan_kernels(list, {.profile = "default"}, resolve_nothing);
    ASSERT_THAT(kernels, IsOk());
    EXPECT_TRUE(kernels->empty());
}

TEST(PlanKernels, SaysThatThereIsNone) {
    EXPECT_THAT(plan_kernels(sample(), {.profile = "default"}, resolve_nothing),
                IsErrorWith("there is no kernel to test on"));
}

TEST(NameForRunners, IsTheKeyOrThePathThatWasAskedFor) {
    EXPECT_EQ(name_for_runners({
                  .spec = "6.14",
                  .entry = {.key = "k", .directory = "/store/k", .image = "/store/k/image"}
    }),
              "k");
    EXPECT_EQ(name_for_runners({
                  .spec = "/src/linux", .entry = {.key = "k", .image = "/src/linux/bzImage"}
    }),
              "/src/linux");
    EXPECT_EQ(name_for_runners({
                  .spec = "linux", .entry = {.key = "k", .image = "linux/bzImage"}
    }),
              (fs::current_path() / "linux").string());
}

TEST(Plan, IsWrittenWholeWithItsSchema) {
    auto directory = TempDir::create("planner");
    ASSERT_THAT(directory, IsOk());
    const auto kernels =
        plan_kernels(sample(), {.asked = {asked()}, .profile = "default"}, resolve);
    ASSERT_THAT(kernels, IsOk());
    const auto list = sample();
    const Plan plan{
        .created_at = std::chrono::system_clock::from_time_t(0),
        .command_line = {"cargo", "ktstr", "test", "\xff"},
        .nextest_profile = "ci",
        .kernels = *kernels,
        .tool_config = directory->path() / "nextest.toml",
        .tests = {.list = list, .planned = {}},
        .commit = git::Commit{.id = "0123", .dirty = true}
    };
    ASSERT_THAT(write_plan(directory->path(), plan), IsOk());
    const auto text = read_file(directory->path() / "plan.json");
    ASSERT_THAT(text, IsOk());
    const auto json = nlohmann::json::parse(*text);
    EXPECT_EQ(json.at("schema"), 1);
    EXPECT_EQ(json.at("created_at"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(json.at("kernels").at(0).at("key"), "key-of-6.14");
    EXPECT_EQ(json.at("counts").at("matching"), 3);
    EXPECT_EQ(json.at("tests").at(1).at("reason"), "ignored");
    EXPECT_TRUE(json.at("nextest_config").is_null());
    EXPECT_FALSE(json.at("tests").at(0).contains("expected_ns"));
    EXPECT_EQ(json.at("source").at("commit"), "0123");
    EXPECT_TRUE(json.at("source").at("dirty"));
    EXPECT_TRUE(json.at("source").at("unknown").is_null());
}

nlohmann::json printed(const Plan& plan) {
    std::string text;
    const Print print = [&](std::string_view piece) -> Result<> {
        text += piece;
        return {};
    };
    EXPECT_THAT(print_run_plan(plan, print), IsOk());
    return nlohmann::json::parse(text);
}

// A test that runs, one that a budget left out, one that a filter did, and one that nextest does
// not list.
TEST(Plan, HasTheTestsAsNextestListsThemAndWhatTheyAreExpectedToTake) {
    const auto list = sample();
    const std::vector<PlannedKernel> kernels{asked()};
    const History history;
    Variants variants{
        .answers = {{.matches = true}, {.mismatch = "expression"}}
    };
    for (const auto& [left, answer] : {
             std::pair(Left::runs, std::uint8_t{0}
              ),
             {Left::budget, std::uint8_t{0}},
             {Left::filtered, std::uint8_t{1}},
             {Left::constraints, Variant::unlisted}
    }) {
        const auto number = static_cast<std::uint32_t>(variants.tests.size());
        variants.tests.push_back(
            {.name = "t" + std::to_string(number), .topology = *Topology::parse("2")});
        variants.all.push_back({.test = number, .kernel = 0, .left = left, .answer = answer});
    }
    const Times times{.list = list, .kernels = kernels, .history = history};
    const auto json = printed({
        .tests = {.list = list, .planned = Shown{.variants = variants, .times = times}},
        .commit = fail(ErrorKind::environment, "no git here")
    });
    EXPECT_EQ(json.at("counts").at("tests"), 3);
    EXPECT_EQ(json.at("counts").at("matching"), 2);
    const auto& tests = json.at("tests");
    ASSERT_EQ(tests.size(), 3U);
    EXPECT_EQ(tests.at(0).at("binary_id"), "demo::it");
    EXPECT_EQ(tests.at(0).at("name"), "t0");
    EXPECT_GT(tests.at(0).at("expected_ns"), 0);
    EXPECT_FALSE(tests.at(0).at("learned"));
    EXPECT_TRUE(tests.at(1).at("matches"));
    EXPECT_FALSE(tests.at(1).contains("expected_ns"));
    EXPECT_FALSE(tests.at(2).at("matches"));
    EXPECT_EQ(tests.at(2).at("reason"), "expression");
}

TEST(Plan, SaysWhyItsCommitIsNotKnown) {
    const nextest::TestList none;
    const auto json = printed({
        .tests = {.list = none, .planned = {}},
        .commit = fail(ErrorKind::environment, "no git here")
    });
    EXPECT_TRUE(json.at("tests").empty());
    EXPECT_TRUE(json.at("source").at("commit").is_null());
    EXPECT_EQ(json.at("source").at("unknown"), "no git here");
}

} // namespace

} // namespace ktstr::planner
