#include "cargo-ktstr/commands/replay_attempt.hpp"
#include "cargo-ktstr/commands/replay_result.hpp"
#include "cargo-ktstr/commands/replay_run.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gmock/gmock.h>

namespace ktstr::commands {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;

sidecar::Record record_of(const std::string& binary, const std::string& test, std::int64_t when) {
    sidecar::Record record;
    record.binary_id = binary;
    record.test = test;
    record.started_at_ns = when;
    record.deterministic = true;
    record.seed = 7;
    record.digest = "d1";
    record.verdict = sidecar::Verdict::pass;
    record.reason = sidecar::Reason::none;
    return record;
}

std::vector<Recorded> some() {
    auto timed = record_of("a::it", "mod::idles", 30);
    timed.deterministic = false;
    return {
        {"1.json", record_of("a::it", "mod::idles", 10)},
        {"2.json", record_of("a::it", "mod::idles", 20)},
        {"3.json", timed},
        {"4.json", record_of("a::it", "mod::idles_long", 1)},
        {"5.json", record_of("b::it", "same", 1)},
        {"6.json", record_of("c::it", "same", 1)},
    };
}

TEST(AttemptNamed, IsTheLatestDeterministicOneOfTheTest) {
    const auto found = attempt_named("mod::idles", some());
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->file, "2.json");
    EXPECT_EQ(attempt_named("_long", some()).value().file, "4.json");
}

TEST(AttemptNamed, SeveralTestsAreListed) {
    const auto error = attempt_named("same", some());
    EXPECT_THAT(error,
                IsErrorWith("2 tests have `same` in their names:\n  b::it same\n  c::it same"));
    EXPECT_EQ(attempt_named("c::it same", some()).value().file, "6.json");
    EXPECT_THAT(attempt_named("idle", some()), IsErrorWith("a::it mod::idles_long"));
}

TEST(AttemptNamed, NoneIsAnErrorWithTheNearest) {
    const auto error = attempt_named("mod::idels", some());
    ASSERT_FALSE(error);
    EXPECT_THAT(error.error().hint(), HasSubstr("did you mean `mod::idles`?"));
}

TEST(AttemptNamed, OneThatWasNotDeterministicIsRefusedWithTheWayToOne) {
    auto timed = record_of("a", "t", 1);
    timed.deterministic = false;
    const auto error = attempt_named("t",
                                     {
                                         {"1.json", timed}
    });
    EXPECT_THAT(error, IsErrorWith("a t did not run on the deterministic machine"));
    EXPECT_THAT(error.error().hint(), HasSubstr("--machine det"));
    EXPECT_THAT(check_can_be_replayed({"1.json", timed}), IsErrorWith("deterministic machine"));
    auto not_begun = record_of("a", "t", 1);
    not_begun.digest.clear();
    EXPECT_THAT(check_can_be_replayed({"1.json", not_begun}), IsErrorWith("did not come so far"));
    EXPECT_THAT(check_can_be_replayed({"1.json", record_of("a", "t", 1)}), IsOk());
}

class ReplayOf : public testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("replay");
        ASSERT_THAT(folder, IsOk());
        folder_.emplace(std::move(*folder));
    }

    Recorded attempt(const std::string& name, const std::string& said, sidecar::Record record) {
        sidecar::FrameLog log;
        log.add("started", "{}");
        log.add("out", said);
        record.digest = log.digest();
        const std::vector<sidecar::Frames> frames{log.take()};
        const auto file = sidecar::write(folder_->path() / name, record, frames);
        EXPECT_THAT(file, IsOk());
        const std::vector<std::filesystem::path> runs{folder_->path() / name};
        return recorded_attempt(file.value().string(), runs).value();
    }

    std::optional<TempDir> folder_;
};

TEST_F(ReplayOf, TheSameIsIdenticalWhateverTheVerdict) {
    auto record = record_of("a::it", "t", 1);
    record.verdict = sidecar::Verdict::fail;
    record.headline = "scheduler left";
    record.inputs = {"kernel: 1"};
    const auto result = compare_attempts(attempt("a", "x", record), attempt("b", "x", record));
    EXPECT_TRUE(result.identical);
    EXPECT_THAT(result.text, HasSubstr("identical: a::it t, seed 7, digest "));
    EXPECT_THAT(result.text, HasSubstr("fail: scheduler left"));
    EXPECT_THAT(result.text, Not(HasSubstr("not the same as then")));
}

TEST_F(ReplayOf, AnotherShowsTheFirstFrameAndWhatChanged) {
    auto then = record_of("a::it", "t", 1);
    then.inputs = {"kernel: 1", "files: 2"};
    auto now = then;
    now.inputs = {"kernel: 1", "files: 3"};
    now.verdict = sidecar::Verdict::fail;
    now.headline = "exit code 1";
    const auto result = compare_attempts(attempt("a", "x=1", then), attempt("b", "x=2", now));
    EXPECT_FALSE(result.identical);
    EXPECT_THAT(result.text, HasSubstr("diverged at frame 2 of 2\n"));
    EXPECT_THAT(result.text, HasSubstr("recorded: out, 3 B: `x=1`\n"));
    EXPECT_THAT(result.text, HasSubstr("again:    out, 3 B: `x=2`\n"));
    EXPECT_THAT(result.text, HasSubstr("again:    fail: exit code 1\n"));
    EXPECT_THAT(result.text, HasSubstr("not the same as then: files\n"));
}

TEST_F(ReplayOf, WithoutTheFramesItSaysSo) {
    const auto then = attempt("a", "x", record_of("a::it", "t", 1));
    std::filesystem::remove(then.file.parent_path() / then.record.frames);
    const auto result = compare_attempts(then, attempt("b", "y", record_of("a::it", "t", 1)));
    EXPECT_FALSE(result.identical);
    EXPECT_THAT(result.text, HasSubstr("diverged; where is not known"));
    EXPECT_THAT(result.text, HasSubstr("the sidecars do not tell what they ran with"));
}

TEST_F(ReplayOf, OneThatDidNotBeginIsNotTheSame) {
    const auto then = attempt("a", "x", record_of("a::it", "t", 1));
    auto now = then;
    now.record.digest.clear();
    now.record.verdict = sidecar::Verdict::inconclusive;
    now.record.headline = "no space";
    const auto result = compare_attempts(then, now);
    EXPECT_FALSE(result.identical);
    EXPECT_THAT(result.text, HasSubstr("did not begin"));
    EXPECT_THAT(result.text, HasSubstr("inconclusive: no space"));
}

TEST(RecordedAttempt, ASidecarThatIsNotThereIsSaid) {
    EXPECT_THAT(recorded_attempt("/none/t-1-0a1b2c3d.json", {}),
                IsErrorWith("there is no file /none/t-1-0a1b2c3d.json"));
}

TEST(FilterFor, IsOfThatTestAlone) {
    EXPECT_EQ(filter_for("a::it", "mod::t"), "binary_id(=a::it) & test(=mod::t)");
    EXPECT_EQ(filter_for("a", "odd (1)/x"), "binary_id(=a) & test(=odd \\(1\\)\\/x)");
}

TEST(PutAttempt, GivesMachineSeedAndSizes) {
    auto record = record_of("a", "t", 1);
    record.topology = "1n1l2c1t";
    record.memory = 536870912;
    record.origin = "template";
    nextest::Environment environment({"KTSTR_MACHINE=kvm"});
    put_attempt(environment, record);
    EXPECT_THAT(environment.get("KTSTR_MACHINE"), Optional(std::string("det")));
    EXPECT_THAT(environment.get("KTSTR_SEED"), Optional(std::string("7")));
    EXPECT_THAT(environment.get("KTSTR_TOPOLOGY"), Optional(std::string("1n1l2c1t")));
    EXPECT_THAT(environment.get("KTSTR_MEMORY"), Optional(std::string("536870912B")));
    EXPECT_EQ(environment.get("KTSTR_TEMPLATES"), std::nullopt);
    record.origin = "boot, saved as template";
    put_attempt(environment, record);
    EXPECT_EQ(environment.get("KTSTR_TEMPLATES"), std::nullopt);
    record.origin = "boot, set up";
    put_attempt(environment, record);
    EXPECT_THAT(environment.get("KTSTR_TEMPLATES"), Optional(std::string("0")));
}

TEST(BuildOptionsOf, AreThoseOfThePlanThatChooseNoTest) {
    auto folder = TempDir::create("plan");
    ASSERT_THAT(folder, IsOk());
    EXPECT_THAT(build_options_of(folder->path()), IsEmpty());
    ASSERT_THAT(
        write_file_atomically(
            folder->path() / "plan.json",
            R"json({"schema":1,"command_line":["cargo","ktstr","test","--machine","det","--",
                        "--features","x","-E","test(a)","--retries","3","-Pci","name","--release"]})json"),
        IsOk());
    EXPECT_THAT(build_options_of(folder->path()),
                ElementsAre("--features", "x", "-Pci", "--release"));
}

} // namespace

} // namespace ktstr::commands
