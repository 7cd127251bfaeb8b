#include "cargo-ktstr/stats/record_text.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/sidecar/fields.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

} // namespace

TEST(DescribeRecord, HasWhatSaysSomething) {
    auto record = failed("t");
    record.headline = "no good\x1b[2J";
    record.wall_ns = 1'500'000'000;
    record.phases_ns[static_cast<std::size_t>(sidecar::Phase::body)] = 5'000'000;
    record.notes = {"one", "two"};
    record.console_tail = "first\nsecond";
    const auto text = describe(record, sidecar::to_json(record));
    EXPECT_THAT(text, HasSubstr("c::it t\n"));
    EXPECT_THAT(text, HasSubstr("  wall_ns: 1.5 s\n"));
    EXPECT_THAT(text, HasSubstr("  phases_ns: body 5 ms\n"));
    EXPECT_THAT(text, HasSubstr("  notes: \n    one\n    two\n"));
    EXPECT_THAT(text, HasSubstr("  console_tail: \n    first\n    second\n"));
    EXPECT_THAT(text, Not(HasSubstr("scheduler"))) << "it has none";
    EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "a terminal would obey";
}

TEST(DescribeRecord, SaysWhatGuestTimeIs) {
    const auto text = [](const sidecar::Record& record) {
        return describe(record, sidecar::to_json(record));
    };
    EXPECT_THAT(text(deterministic(passed("t"), "d")), HasSubstr("4 ns for each instruction"));
    EXPECT_THAT(text(passed("t")), Not(HasSubstr("guest time")));
}

TEST(ExplainRecord, SaysWhyThereIsNothing) {
    auto record = passed("t");
    EXPECT_THAT(explain(record, sidecar::to_json(record)),
                HasSubstr("  vcpus: empty: nobody counts the exits of emulated processors\n"));
    EXPECT_THAT(explain(record, sidecar::to_json(record)),
                HasSubstr("  facts: empty: the test is none of the crate ktstr"));
    record.host_only = true;
    EXPECT_THAT(explain(record, sidecar::to_json(record)),
                HasSubstr("  facts: empty: there was no engine in a guest\n"));
    EXPECT_THAT(explain(record, R"({"schema": 1})"),
                HasSubstr("  vcpus: absent: the version that wrote the file does not know it\n"));
    EXPECT_THAT(explain(record, sidecar::to_json(record)), Not(HasSubstr("verdict:")));
}

} // namespace ktstr::stats
