#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/trace_file.hpp"

#include <gmock/gmock.h>

#include <regex>

namespace ktstr::session {
namespace {

constexpr std::int64_t begun = 1'956'000'123;

// As a kernel 6.12 wrote it.
constexpr std::string_view from_tracefs =
    "# tracer: nop\n"
    "#\n"
    "# entries-in-buffer/entries-written: 5/12   #P:2\n"
    "#\n"
    "#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION\n"
    "CPU:1 [LOST 7 EVENTS]\n"
    "          <idle>-0       (-------) [000] ..s1.     1.956505: softirq_entry: vec=9 "
    "[action=RCU]\n"
    "              sh-50      (     50) [001] .....     1.956610: sched_process_fork: comm=sh "
    "pid=50 child_comm=sh child_pid=60\n"
    "  a [000] 7.0: b-50      (     50) [001] d..2.    12.956645: sched_switch: prev_comm=a [000] "
    "7.0: b prev_pid=50 prev_prio=120 prev_state=D ==> next_comm=swapper/1 next_pid=0 "
    "next_prio=120\n"
    "          <idle>-0       (-------) [001] dNh2.     1.956923: sched_wakeup: comm=sh pid=50 "
    "prio=120 target_cpu=001\n"
    "            init-1       (      1) [001] .....     1.955000: tracing_mark_write: "
    "B|1|program\n";

// What Perfetto's importer takes a line apart with (systrace_line_tokenizer.cc): pid, tgid, CPU,
// time, event.
const std::regex& importer() {
    static const std::regex line(R"(-(\d+)\s+\(?\s*(\d+|-+)?\)?\s?\[(\d+)\]\s*)"
                                 R"([a-zA-Z0-9.]{0,5}\s+(\d+\.\d+):\s+(\S+):)");
    return line;
}

class TraceFileTest : public testing::Test {
protected:
    TraceFileTest() {
        auto folder = TempDir::create("trace-file");
        EXPECT_TRUE(folder);
        folder_.emplace(std::move(*folder));
    }

    std::filesystem::path path() const { return folder_->path() / "x.trace"; }

    std::optional<TempDir> folder_;
};

TEST_F(TraceFileTest, TimesCountFromTheJobAndEveryLineIsOneOfTheFormat) {
    auto file = TraceFile::create(path(), begun);
    ASSERT_TRUE(file);
    for (const char c : from_tracefs) { // pieces end anywhere
        ASSERT_TRUE(file->add({&c, 1}));
    }
    const auto written = file->finish();
    ASSERT_TRUE(written);
    EXPECT_EQ(written->path, path());
    EXPECT_EQ(written->events, 5U);
    EXPECT_EQ(written->lost, 7U);
    const auto text = read_file(path(), 1 << 20);
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->starts_with("# tracer: nop\n")); // how it is known for what it is
    std::vector<std::string> times;
    for (const auto& line : split(*text, '\n')) {
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        std::smatch found;
        const std::string whole(line);
        ASSERT_TRUE(std::regex_search(whole, found, importer())) << whole;
        times.push_back(found[4]);
    }
    EXPECT_THAT(times,
                testing::ElementsAre(
                    "0.000000", "0.000505", "0.000610", "11.000645", "0.000923", "0.000000"));
    EXPECT_THAT(*text, testing::HasSubstr("# CPU:1 [LOST 7 EVENTS]\n"));
    EXPECT_THAT(*text, testing::HasSubstr("sched_switch: prev_comm=a [000] 7.0: b prev_pid=50"));
}

TEST_F(TraceFileTest, WithoutEventsItIsATraceAllTheSame) {
    auto file = TraceFile::create(path(), begun);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->add("# tracer: nop\n#"));
    const auto written = file->finish();
    ASSERT_TRUE(written);
    EXPECT_EQ(written->events, 0U);
    EXPECT_THAT(read_file(path(), 1 << 20).value_or(""),
                testing::HasSubstr("0.000000: tracing_mark_write: I|1|job\n"));
}

TEST_F(TraceFileTest, WhatIsNotFinishedIsNotThere) {
    {
        auto file = TraceFile::create(path(), begun);
        ASSERT_TRUE(file);
        ASSERT_TRUE(file->add(from_tracefs));
    }
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(TraceFileTest, AGuestWithoutLinesIsRefused) {
    auto file = TraceFile::create(path(), begun);
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->add(std::string(100'000, 'x')));
}

TEST(TraceTime, WhatHasNoTimeHasNone) {
    for (const auto* line : {"",
                             "short",
                             "          <idle>-0       (-------) [000] ..s1.     soon: x: y",
                             "          <idle>-0       (-------) [000] ..s1.     1.95: x: y",
                             "          <idle>-0       (-------) [000",
                             "          <idle>-0       (-------) [000] ..s1. "
                             "99999999999999999999.000000: x: y"}) {
        EXPECT_EQ(with_time_from(line, begun), std::nullopt) << line;
    }
}

} // namespace
} // namespace ktstr::session
