#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/session/diagnosis.hpp"

namespace ktstr::session {

TEST(Diagnosis, ListsRunningTasksFirst) {
    const wire::Diagnosis diagnosis{
        .reason = "time limit",
        .tasks = {{.pid = 7, .comm = "sleeper", .state = "S", .cpu = 0, .wchan = "do_nanosleep"},
                  {.pid = 8, .comm = "spinner", .state = "R", .cpu = 1, .cpu_ms = 4000}}
    };
    const auto text = render(diagnosis);
    EXPECT_LT(text.find("spinner"), text.find("sleeper"));
    EXPECT_THAT(text, testing::HasSubstr("do_nanosleep"));
    EXPECT_THAT(text, testing::HasSubstr("time limit"));
}

TEST(Diagnosis, ConsoleLinesKeepTheLastOnesAndNoControlBytes) {
    EXPECT_EQ(console_lines("one\r\ntwo\x1b[31m\r\n\r\nthree\r\n", 2),
              "  | two\uFFFD[31m\n  | three\n");
    EXPECT_EQ(console_lines("", 5), "");
}

} // namespace ktstr::session
