#include "guest/wire/messages.hpp"

#include <gmock/gmock.h>

namespace ktstr::wire {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Messages, JobRoundTrips) {
    const Job job{
        .argv = {"/bin/t", "--exact", "a b"},
        .environment = {"A=1", "B="},
        .cwd = "/src",
        .wall_time_ns = 1'700'000'000'123'456'789,
        .time_stamp = UINT64_MAX - 1,
        .time_stamp_khz = 2'596'122,
        .seed = "00ff",
        .varied = UINT64_MAX,
        .time_limit_ms = 60'000,
        .leak_timeout_ms = 100,
        .standard_input = true,
        .merge_streams = true,
        .terminal = Terminal{.rows = 24, .columns = 80},
        .bring_back = {"/tmp/*.profraw"},
        .make_dirs = {"/out"},
        .kernel_config = true,
        .modules = {"/lib/modules/6.1/kernel/a.ko"},
        .sysctls = {{"kernel.sched_schedstats", "1"}}
    };
    const auto back = parse<Job>(dump(job));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->argv, job.argv);
    EXPECT_EQ(back->environment, job.environment);
    EXPECT_EQ(back->cwd, job.cwd);
    EXPECT_EQ(back->wall_time_ns, job.wall_time_ns);
    EXPECT_EQ(back->time_stamp, job.time_stamp);
    EXPECT_EQ(back->time_stamp_khz, job.time_stamp_khz);
    EXPECT_EQ(back->seed, job.seed);
    EXPECT_EQ(back->varied, job.varied);
    EXPECT_EQ(back->time_limit_ms, job.time_limit_ms);
    EXPECT_EQ(back->leak_timeout_ms, job.leak_timeout_ms);
    EXPECT_TRUE(back->standard_input);
    EXPECT_TRUE(back->merge_streams);
    ASSERT_TRUE(back->terminal);
    EXPECT_EQ(back->terminal->rows, 24);
    EXPECT_EQ(back->terminal->columns, 80);
    EXPECT_EQ(back->bring_back, job.bring_back);
    EXPECT_EQ(back->make_dirs, job.make_dirs);
    EXPECT_EQ(back->kernel_config, job.kernel_config);
    EXPECT_EQ(back->modules, job.modules);
    EXPECT_EQ(back->sysctls, job.sysctls);
}

TEST(Messages, MissingKeysTakeDefaultsAndUnknownOnesAreIgnored) {
    const auto job = parse<Job>(R"({"argv":["x"],"of_the_future":{"a":[1]}})");
    ASSERT_TRUE(job);
    EXPECT_THAT(job->argv, ElementsAre("x"));
    EXPECT_EQ(job->cwd, "/");
    EXPECT_EQ(job->leak_timeout_ms, 200);
    EXPECT_FALSE(job->terminal);
    const auto report = parse<Report>("{}");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->outcome, Outcome::not_started);
}

TEST(Messages, ReportRoundTripsEveryOutcome) {
    for (const auto outcome :
         {Outcome::exited, Outcome::signalled, Outcome::stopped, Outcome::not_started}) {
        const Report report{
            .outcome = outcome, .code = 101, .wall_ns = 5, .leaked = {"7 sleep"}, .notes = {"n"}};
        const auto back = parse<Report>(dump(report));
        ASSERT_TRUE(back);
        EXPECT_EQ(back->outcome, outcome);
        EXPECT_EQ(back->code, 101);
        EXPECT_EQ(back->wall_ns, 5);
        EXPECT_EQ(back->leaked, report.leaked);
        EXPECT_EQ(back->notes, report.notes);
    }
}

// An outcome that we do not know must never become "exited with code 0", which is a pass.
TEST(Messages, UnknownOutcomeIsNotASuccess) {
    for (const auto* text :
         {R"({"outcome":"paused","code":0})", R"({"outcome":7})", R"({"outcome":null})"}) {
        const auto report = parse<Report>(text);
        ASSERT_TRUE(report) << text;
        EXPECT_EQ(report->outcome, Outcome::not_started) << text;
    }
}

TEST(Messages, BrokenTextIsRefused) {
    EXPECT_FALSE(parse<Hello>(""));
    EXPECT_FALSE(parse<Hello>("{"));
    EXPECT_FALSE(parse<Hello>("[]"));
    EXPECT_FALSE(parse<Hello>("{} {}"));
    EXPECT_FALSE(parse<Hello>(R"({"cpus":"two"})"));
    EXPECT_FALSE(parse<Job>(R"({"argv":"not a list"})"));
    EXPECT_FALSE(parse<Job>("null"));
    EXPECT_FALSE(parse<Hello>("{\"version\":\"\xFF\"}"));
    EXPECT_FALSE(parse<Hello>(std::string(100'000, '[')));
    EXPECT_FALSE(parse<Started>(R"({"unpack_ns":6.5e96})"));
    EXPECT_FALSE(parse<Diagnosis>(R"({"tasks":[{"pid":1.5}]})"));
}

TEST(Messages, BytesThatAreNotUtf8AreReplacedWhenDumped) {
    const auto text = dump(FileBegin{.path = "/tmp/\xFF", .size = 1});
    EXPECT_THAT(text, HasSubstr("/tmp/\xEF\xBF\xBD"));
    ASSERT_TRUE(parse<FileBegin>(text));
}

TEST(Messages, DiagnosisRoundTrips) {
    const Diagnosis diagnosis{
        .reason = "time limit",
        .tasks = {{.pid = 5, .parent = 1, .comm = "t", .state = "D", .stack = {"a", "b"}}}};
    const auto back = parse<Diagnosis>(dump(diagnosis));
    ASSERT_TRUE(back);
    ASSERT_EQ(back->tasks.size(), 1U);
    EXPECT_EQ(back->tasks[0].comm, "t");
    EXPECT_EQ(back->tasks[0].cpu, -1);
    EXPECT_THAT(back->tasks[0].stack, ElementsAre("a", "b"));
}

} // namespace ktstr::wire
